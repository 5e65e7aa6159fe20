"""Reading loses no byte of generated files, and an edit of one value changes that alone. `python -m tests.fuzz.roundtrip` does more."""

import pytest
from tests.fuzz.edits import Edit, Token, spliced, wrong
from tests.fuzz.exercise import PRODUCTS
from tests.fuzz.roundtrip import roundtrip

FILES, EDITS = 1000, 200


@pytest.mark.parametrize("product", PRODUCTS)
def test_generated_files_come_back_and_edits_change_one_value(product: str) -> None:
    count = roundtrip(product, FILES, EDITS, "test")
    assert (count.files, count.edits) == (FILES, EDITS)
    # Most generated files have something to edit: else the edits say little.
    assert count.without < EDITS / 2


def test_an_edit_that_changes_more_than_its_value_is_seen() -> None:
    before = [Token("a", 0, 1), Token("b", 2, 3), Token("c", 4, 5)]
    edit = Edit(2, 3, b"long", "long")
    assert spliced(b"a b c", edit) == b"a long c"
    good = [Token("a", 0, 1), Token("long", 2, 6), Token("c", 7, 8)]
    assert wrong(before, good, 1, edit) is None
    assert wrong(before, good[:2], 1, edit) == "3 values became 2"
    assert "value 2" in str(wrong(before, [*good[:2], Token("c", 4, 5)], 1, edit))
    assert "value 1" in str(wrong(before, [good[0], Token("b", 2, 6), good[2]], 1, edit))
    assert "value 0" in str(wrong(before, [Token("x", 0, 1), *good[1:]], 1, edit))
