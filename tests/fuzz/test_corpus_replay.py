"""Everything that fuzzing kept, and everything that it ever found, goes through the readers, the rules and the reports again."""

from pathlib import Path

import pytest
from tests.fuzz.exercise import PRODUCTS, target

KEPT = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_kept_corpus_raises_nothing(product: str) -> None:
    run = target(product)
    files = sorted((KEPT / product).iterdir())
    assert files, f"nothing is kept for {product}"
    for file in files:
        try:
            run(file.read_bytes())
        except Exception as problem:
            raise AssertionError(f"{file}: {problem!r}") from problem
