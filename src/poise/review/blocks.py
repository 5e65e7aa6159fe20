"""Lines that belong together: a paragraph, a bullet with what it goes on with, a row, one entry of a plain-text timeline."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.dates import dates
from poise.review.document import Document
from poise.review.line import Line

# A longer paragraph is a text without blank lines, of which nobody sees the end.
MOST_LINES = 100
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
_DAY_NAME = regexp(r"\s*\b(?:mon|tue|wed|thu|fri|sat|sun)\w*\.?(?=\W|$)", re.IGNORECASE)
_SECTION_NUMBER = regexp(r"\s*\d{1,2}(?:\.\d{1,2})+\.?\s")
_WORD_FIRST = regexp(r"\W*(?:at|on|by|from|around|about|approximately|between|until|after|before)\b", re.IGNORECASE)
_OPENS = regexp(r"[\s\[\](*_~≈–—-]*(?:(?:at|on|by|from|around|about|approx\.?|approximately)\s+)?[\[(*_~≈]*[\dA-Za-z]", re.IGNORECASE)
_BARE_ENTRY = regexp(r"\W*(?:[01]\d|2[0-3])\.?[0-5]\d(?:\s*[-–—:|]|\s{1,3}\S)")
# Minutes after a zero go on with no line before them.
_SHIFTED = regexp(r"\W*(?:[Tt]\s?[+−–-]|\+)\s?\d{1,4}(?::\d\d|\s?(?:h|m|min|minutes?|s)?\b)")


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
        ends, begins = _sentences(self.text)
        number = bisect_right(begins, place)
        begin = begins[number - 1] if number else 0
        return begin, ends[number] if number < len(ends) else len(self.text)


@lru_cache(maxsize=256)
def _sentences(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the sentences end but for the last, and where the next ones begin."""
    found = [f for f in _SENTENCE.finditer(text) if not text[max(0, f.start() - 8) : f.start()].lower().endswith(_SHORTENED)]
    return tuple(f.start() for f in found), tuple(f.end() for f in found)


# Events, cause, head and items are each read from the blocks of one document, by one after the other.
@lru_cache(maxsize=1)
def blocks(document: Document) -> tuple[Block, ...]:
    """All blocks in order, headings and code among them, blanks and rules not."""
    return tuple(_blocks(document))


def _blocks(document: Document) -> Iterator[Block]:
    gathered: list[Line] = []
    entry = False
    for place, line in enumerate(document.lines):
        wraps = line.kind == "text" and bool(gathered) and not entry and _goes_on(document, place, gathered[-1])
        starts_entry = not wraps and line.kind in ("bullet", "text", "code", "heading", "row") and opens(line)
        apart = (
            starts_entry
            or (gathered and gathered[-1].number + 1 != line.number)
            or _is_field(line)
            or (gathered and len(gathered[-1].text) <= 60 and _is_field(gathered[-1]))
        )
        apart = apart or (line.kind == "text" and bool(_SHIFTED.match(line.text) or (not wraps and _BARE_ENTRY.match(line.text))))
        if gathered and (line.kind != "text" or apart or len(gathered) >= MOST_LINES or gathered[-1].section != line.section):
            yield block_of(gathered, entry)
            gathered = []
        if line.kind in ("blank", "rule") or not line.text:
            continue
        if line.kind in ("bullet", "text"):
            entry = starts_entry if not gathered else entry
            gathered.append(line)
        else:
            yield block_of([line], starts_entry)
    if gathered:
        yield block_of(gathered, entry)


def _goes_on(document: Document, place: int, last: Line) -> bool:
    """Whether that line of text goes on with the long one before it, and is no entry of a list that begins there."""
    if len(last.text) <= 60 or last.text[-1] == ":":
        return False
    following = document.lines[place + 1] if place + 1 < len(document.lines) else None
    return last.text[-1] not in ".!?" or (following is not None and following.kind == "text" and not opens(following))


def _is_field(line: Line) -> bool:
    """`From: duty manager`, `Start: 14:00`: a line of its own, though no blank line parts it from the next."""
    key, colon, value = line.text.partition(": ")
    return bool(colon and value) and line.kind == "text" and len(key) < 30 and len(key.split()) <= 3 and key[:1].isupper()


def opens(line: Line) -> bool:
    """Whether the line begins with a time, or with a date and a time."""
    text = line.text[:120]
    if not any(c.isdigit() for c in text[:40]) and not text[:12].lower().lstrip(" [(").startswith(("noon", "midn", "midd")):
        return False
    if line.kind == "text" and _WORD_FIRST.match(text):
        return False  # "At 13:45 we …" is prose
    if not _OPENS.match(text):
        return False
    found = clocks(text)
    if not found:
        return False
    before = text[: found[0].start]
    for written in reversed(dates(before)):
        before = before[: written.start] + before[written.end :]
    before = _DAY_NAME.sub("", before)
    if line.kind == "heading":
        before = _SECTION_NUMBER.sub("", before)
    return len(before) < 40 and bool(_LEAD.match(before.removesuffix("T")))


def block_of(lines: list[Line], entry: bool) -> Block:
    """These lines as one."""
    starts, place = [], 0
    for line in lines:
        starts.append(place)
        place += len(line.text) + 1
    return Block(lines[0].kind, " ".join(line.text for line in lines), tuple(lines), tuple(starts), entry)
