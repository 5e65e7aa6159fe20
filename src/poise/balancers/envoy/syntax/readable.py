"""Makes a text readable for libyaml, character by character, where Envoy's YAML reader is more lenient, and turns values back."""

import re
from functools import cache

from poise.model.regexp import regexp

# libyaml refuses control characters and broken UTF-8 and ends lines at NEL, LS and PS; Envoy does none of that (checked with 1.40).
_ODD = regexp("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# They are read as characters of a private plane that the text itself does not use, written out or escaped: one that uses both is no
# configuration.
_PLANES = (
    (0xF0000, regexp("[\U000f0000-\U000fffff]"), regexp(r"\\U000[fF]")),
    (0x100000, regexp("[\U00100000-\U0010ffff]"), regexp(r"\\U0010")),
)
_BLANK_WITH_TAB = regexp(r"^[ \t]*\t[ \t]*$", re.MULTILINE)
# A plain word may begin with a colon in `{address: ::1}` for Envoy (checked with 1.40) and not for libyaml. Not so behind a quoted key.
_COLON = regexp(r"([:,\[{-][ \t]+|[,\[{]):(?=[^\s,\[\]{}])")
_DIRECTIVE = regexp(r"^%(?!YAML\b|TAG\b)", re.MULTILINE)


@cache
def _moved(plane: int) -> dict[int, int]:
    """Where each odd character goes: a table, because a file may consist of nothing else."""
    odd = [*range(0x9), 0xB, 0xC, *range(0xE, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF]
    return {code: plane + code for code in odd}


class Readable:
    """`text` has as many characters as the original, none of which libyaml refuses."""

    def __init__(self, text: str) -> None:
        if "\t" in text:
            text = _BLANK_WITH_TAB.sub(lambda found: " " * len(found[0]), text)
        if text.startswith("%"):
            head, mark, rest = text.partition("\n---")
            text = _DIRECTIVE.sub("#", head) + mark + rest
        self.back: re.Pattern[str] | None = None
        colon = _COLON.search(text) is not None
        if colon or _ODD.search(text):
            free = (each for each in _PLANES if not each[1].search(text) and not each[2].search(text))
            self.plane, self.back, _ = next(free, _PLANES[0])
            text = text.translate(_moved(self.plane))
        if colon:
            text = _COLON.sub(lambda found: found[1] + chr(self.plane + ord(":")), text)
        self.text = text

    def restored(self, value: str) -> str:
        """A value of that text as the file has it."""
        return value if self.back is None else self.back.sub(lambda found: chr(ord(found[0]) - self.plane), value)
