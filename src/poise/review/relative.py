"""Times that count from a zero: `T+12`, `+0:12`, a column of minutes."""

import re
from dataclasses import replace

from poise.model.regexp import regexp
from poise.review.clock import Clock, clocks
from poise.review.document import Document

_ZERO = regexp(
    r"(?:\bT\s?[=+]?\s?0?\b|\bT0\b|\bt\s?=\s?0|\bzero(?: hour| point)?|\bminute 0|\bclock started)[^.;]{0,40}$"
    r"|\b(?:minutes|counted|times?)\b[^.;]{0,40}\b(?:since|from|after)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
_OFFSET = regexp(
    r"\W*(?:[Tt]0?\s?)?(?P<sign>[+−-])\s?(?:(?P<h>\d{1,3}):(?P<m>[0-5]\d)\b"
    r"|(?P<hh>\d{1,2})\s?h(?:ours?)?\s?(?:(?P<mm>[0-5]?\d)(?:\s?m(?:in)?)?)?\b"
    r"|(?P<n>\d{1,4})(?:\s?(?:min(?:ute)?s?|m\b|['′]))?(?![\w:.%]))|\W*(?P<zero>[Tt]0)\b"
)
OFFSET_HEAD = regexp(r"^(?:t|min(?:ute)?s?\.?|offset|elapsed|t\s?\+.*|\+?\s?min.*|minutes? .*)$", re.IGNORECASE)


def zero(document: Document) -> Clock | None:
    """The time from which minutes are counted: `T+0 = 14:02 UTC`."""
    for line in document.lines:
        for clock in clocks(line.text) if line.text and any(c.isdigit() for c in line.text) else ():
            before, behind = line.text[: clock.start], line.text[clock.end : clock.end + 30]
            if _ZERO.search(before) or re.match(r"\W*(?:is|=|\()?\W*(?:T\s?\+?\s?0|T0|minute (?:0|zero)|zero)\b", behind):
                return clock
    return None


def shift_of(text: str) -> tuple[int, int] | None:
    """Minutes and where they end, of a text that begins with `T+12` or `+0:12`."""
    found = _OFFSET.match(text)
    if not found:
        return None
    if found["zero"]:
        return 0, found.end()
    minutes = int(found["h"] or found["hh"] or 0) * 60 + int(found["m"] or found["mm"] or found["n"] or 0)
    return (minutes if found["sign"] == "+" else -minutes), found.end()


def plus(clock: Clock, minutes: int) -> Clock:
    """So many minutes later; the next day's hours count on from 24."""
    hours, minute = divmod(clock.hour * 60 + clock.minute + minutes, 60)
    return replace(clock, hour=hours % 24, minute=minute, second=0, until=None)
