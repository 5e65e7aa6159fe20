"""What text from outside may show on a screen."""

import json

import pytest

from poise.report.printable import one_line, printable, without_lone_surrogates


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


def test_a_byte_that_is_no_utf8_is_said_as_that_byte() -> None:
    assert printable(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf\\xe9"
    assert printable("half \ud83d") == "half \\ud83d"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"caf\xe9 \xff".decode("utf-8", "surrogateescape"), "caf\\xe9 \\xff"),
        ("half \ud83d, other \udc00", "half \\ud83d, other \\udc00"),
        ("\udc80\ud83d", "\\x80\\ud83d"),
        # U+1F480 ends in the escape that stands for the byte 80 elsewhere.
        ("whole \U0001f480 \U0010fc80", "whole \U0001f480 \U0010fc80"),
        ("written \\udce9 \\\\udce9", "written \\udce9 \\\\udce9"),
        ("\\\udce9", "\\\\xe9"),
    ],
)
def test_json_holds_no_half_of_a_character(text: str, told: str) -> None:
    made = without_lone_surrogates(json.dumps([text]))
    assert json.loads(made) == [told]
    json.loads(made)[0].encode()
