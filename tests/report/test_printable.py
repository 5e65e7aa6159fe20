"""What text from outside may show on a screen."""

import pytest

from poise.report.printable import one_line, printable


@pytest.mark.parametrize(
    "sign", [0x07, 0x1B, 0x9B, 0xAD, 0x61C, 0x200B, 0x200D, 0x202E, 0x2028, 0x2060, 0x2063, 0x2069, 0xD800, 0xFEFF, 0xE0041]
)
def test_signs_that_hide_or_reorder_are_written_out(sign: int) -> None:
    shown = printable(f"web{chr(sign)}1")
    assert chr(sign) not in shown
    assert shown.isascii()


@pytest.mark.parametrize("text", ["web-1", "café", "Ωmega", "服务器", "🙂", "a\tb\nc"])
def test_letters_of_any_language_stay(text: str) -> None:
    assert printable(text) == text


def test_one_line_is_one() -> None:
    assert one_line("a\nb\tc\rd") == "a\\nb c\\rd"
