"""Lines that belong together: a paragraph, a bullet with what it goes on with, a row, one entry of a plain-text timeline."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.dates import dates
from poise.review.document import Document, Line

_SENTENCE = regexp(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'(\[])")
# After these a point ends no sentence.
_SHORTENED = (
    "e.g.",
    "i.e.",
    "approx.",
    "a.m.",
    "p.m.",
    "vs.",
    "etc.",
    "ca.",
    "no.",
    "min.",
    "hrs.",
    "nov.",
    "oct.",
    "dec.",
    "sept.",
    "aug.",
    "jan.",
    "feb.",
)
_LEAD = regexp(
    r"[\s\[\](){}*_~≈|:,–—-]*(?:(?:at|about|around|approx\.?|approximately|circa|ca\.?|by|on|from|between)\s+)*[\s\[\](*_~≈-]*$",
    re.IGNORECASE,
)
_OPENS = regexp(r"[\s\[\](*_~≈–—-]*(?:(?:at|on|by|from|around|about|approx\.?|approximately)\s+)?[\[(*_~≈]*[\dA-Za-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """`text` is that of all its lines, joined by blanks; `starts` where each begins in it. `entry` tells that it begins with a time."""

    kind: str
    text: str
    lines: tuple[Line, ...]
    starts: tuple[int, ...]
    entry: bool

    @property
    def head(self) -> Line:
        """Its first line."""
        return self.lines[0]

    def line_at(self, place: int) -> Line:
        """The line in which that character stands."""
        return self.lines[max(0, bisect_right(self.starts, place) - 1)]

    def quote_at(self, place: int) -> Quote:
        """That line as it is quoted."""
        return self.line_at(place).quote

    def sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence begins and ends in which that character stands."""
        begin, end = 0, len(self.text)
        for found in _SENTENCE.finditer(self.text):
            if self.text[: found.start()].lower().endswith(_SHORTENED):
                continue
            if found.end() <= place:
                begin = found.end()
            elif found.start() > place:
                end = found.start()
                break
        return begin, end


def blocks(document: Document) -> Iterator[Block]:
    """All blocks in order, headings and code among them, blanks and rules not."""
    gathered: list[Line] = []
    entry = False
    for line in document.lines:
        starts_entry = line.kind in ("bullet", "text", "code", "heading", "row") and opens(line)
        if gathered and (line.kind != "text" or starts_entry or gathered[-1].number + 1 != line.number):
            yield _block(gathered, entry)
            gathered = []
        if line.kind in ("blank", "rule") or not line.text:
            continue
        if line.kind in ("bullet", "text"):
            entry = starts_entry if not gathered else entry
            gathered.append(line)
        else:
            yield _block([line], starts_entry)
    if gathered:
        yield _block(gathered, entry)


def opens(line: Line) -> bool:
    """Whether the line begins with a time, or with a date and a time."""
    text = line.text[:120]
    if not any(c.isdigit() for c in text[:40]) and not text[:12].lower().lstrip(" [(").startswith(("noon", "midn", "midd")):
        return False
    if not _OPENS.match(text):
        return False
    found = clocks(text)
    if not found:
        return False
    before = text[: found[0].start]
    for written in reversed(dates(before)):
        before = before[: written.start] + before[written.end :]
    return len(before) < 40 and bool(_LEAD.match(before.removesuffix("T")))


def _block(lines: list[Line], entry: bool) -> Block:
    starts, place = [], 0
    for line in lines:
        starts.append(place)
        place += len(line.text) + 1
    return Block(lines[0].kind, " ".join(line.text for line in lines), tuple(lines), tuple(starts), entry)
