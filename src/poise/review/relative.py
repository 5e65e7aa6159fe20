"""Times that count from a zero: `T+12`, `+0:12`, a column of minutes."""

import re
from collections.abc import Iterator
from dataclasses import replace

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.clock import Clock, clocks
from poise.review.document import Document
from poise.review.durations import lengths

_ZERO = regexp(
    r"(?:\bT\s?[=+]?\s?0?\b|\bT0\b|\bt\s?=\s?0|\bzero(?: hour| point)?|\bminute 0|\bclock started)[^.;]{0,80}$"
    r"|\b(?:minutes|counted|times?)\b[^.;]{0,40}\b(?:since|from|after)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
_IS_ZERO = regexp(r"\W*(?:is|=|\()?\W*(?:T\s?\+?\s?0|T0|minute (?:0|zero)|zero)\b")
_OFFSET = regexp(
    r"\W*(?:[Tt]0?\s?)?(?P<sign>[+−-])\s?(?:(?P<h>\d{1,3}):(?P<m>[0-5]\d)\b"
    r"|(?P<hh>\d{1,2})\s?h(?:ours?)?\s?(?:(?P<mm>[0-5]?\d)(?:\s?m(?:in)?)?)?\b"
    r"|(?P<n>\d{1,4})(?:\s?(?:min(?:ute)?s?|m\b|['′]))?(?![\w:.%]))|\W*(?P<zero>[Tt]0)\b"
)
_LATER = regexp(
    r"\s*(?:later\b(?! than|,? (?:at|around|by) (?:about )?\d)|after(?:wards?| that| this| the \w+(?: \w+)? (?:was|were"
    r"|had)\b(?: \w+ed)?| it)\b|on,)",
    re.IGNORECASE,
)
_NOTHING = regexp("")
_ANOTHER = regexp(r"\b(?:within|after) another\s+$", re.IGNORECASE)
OFFSET_HEAD = regexp(r"^(?:t|min(?:ute)?s?\.?|offset|elapsed|t\s?\+.*|\+?\s?min.*|minutes? .*)$", re.IGNORECASE)
# What lies further ahead is told by its day.
DAY = 1440


def zero(document: Document) -> Clock | None:
    """The time from which minutes are counted: `T+0 = 14:02 UTC`."""
    for line in document.lines:
        for clock in clocks(line.text) if line.text and any(c.isdigit() for c in line.text) else ():
            if is_zero(line.text, clock):
                return clock
    return None


def is_zero(text: str, clock: Clock) -> bool:
    """Whether the text calls that time the zero."""
    return bool(_ZERO.search(text, max(0, clock.start - 150), clock.start) or _IS_ZERO.match(text, clock.end, clock.end + 30))


def shift_of(text: str) -> tuple[int, int] | None:
    """Minutes and where they end, of a text that begins with `T+12` or `+0:12`."""
    found = _OFFSET.match(text)
    if not found:
        return None
    if found["zero"]:
        return 0, found.end()
    minutes = int(found["h"] or found["hh"] or 0) * 60 + int(found["m"] or found["mm"] or found["n"] or 0)
    return (minutes if found["sign"] == "+" else -minutes), found.end()


@dataclass(frozen=True, slots=True)
class Later:
    """ "30 minutes later": where its length begins and ends, where all of it ends, and its minutes."""

    start: int
    length_end: int
    end: int
    minutes: int


def laters(text: str, begin: int, end: int) -> Iterator[Later]:
    """All of that part of the text, in order."""
    part = text[begin:end]
    for length in lengths(part) if _LATER.search(part) or "another" in part else ():
        found = _LATER.match(text, begin + length.end)
        if found is None and _ANOTHER.search(part, 0, length.start):
            found = _NOTHING.match(text, begin + length.end)
        if found and (not length.bound or found.re is _NOTHING) and length.minutes == int(length.minutes) and 0 < length.minutes < DAY:
            yield Later(begin + length.start, begin + length.end, found.end(), int(length.minutes))


def plus(clock: Clock, minutes: int) -> Clock:
    """So many minutes later; the next day's hours count on from 24."""
    hours, minute = divmod(clock.hour * 60 + clock.minute + minutes, 60)
    return replace(clock, hour=hours % 24, minute=minute, second=0, until=None)
