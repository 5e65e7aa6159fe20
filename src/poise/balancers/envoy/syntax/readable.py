"""Makes a text readable for libyaml, character by character, where Envoy's YAML reader is more lenient, and turns values back."""

import re

# libyaml refuses control characters and broken UTF-8 and ends lines at NEL, LS and PS; Envoy does none of that (checked with 1.40).
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# They stand for themselves in a private plane that no configuration uses; one that does would only see such characters changed in values.
_PLANE = 0xF0000
_BACK = re.compile("[\U000f0000-\U000fffff]")
_BLANK_WITH_TAB = re.compile(r"^[ \t]*\t[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%(?!YAML\b|TAG\b)", re.MULTILINE)


def readable(text: str) -> str:
    """The text with as many characters, none of which libyaml refuses."""
    if "\t" in text:
        text = _BLANK_WITH_TAB.sub(lambda found: " " * len(found[0]), text)
    if text.startswith("%"):
        head, mark, rest = text.partition("\n---")
        text = _DIRECTIVE.sub("#", head) + mark + rest
    return _ODD.sub(lambda found: chr(_PLANE + ord(found[0])), text)


def restored(value: str) -> str:
    """A value of such a text as the file has it."""
    return value if value.isascii() else _BACK.sub(lambda found: chr(ord(found[0]) - _PLANE), value)
