"""Events whose time stands on a line of its own: `time: 13:45` in a record, the signature of a comment, the stamp below a notice."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.clock import Clock, clocks
from poise.review.dates import Written, dates
from poise.review.document import Document
from poise.review.fields import fields
from poise.review.line import Line

_TIME_KEY = regexp(
    r"(?:[-*]\s+)?[\"']?(?:time|at|when|timestamp|date(?: ?(?:and|/|&)? ?time)?|ts|clock)[\"']?\s*[:=]\s*(?=\S)", re.IGNORECASE
)
_KEY = regexp(r"(?:[-*]\s+)?[\"']?[A-Za-z][\w -]{0,24}[\"']?\s*[:=]\s+[\"']?")
_DAY_NAME = regexp(r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|\b(?:posted|updated|edited|sent|on|at)\b", re.IGNORECASE)
_WORD = regexp(r"[^\W_]+")
# Fewer are the fields of a head.
FEWEST = 3
LONGEST = 70
MOST_LINES = 12

Way = Literal["key", "name"]


@dataclass(frozen=True, slots=True)
class Record:
    """The time of a record, its day where it is written beside it, and what the record's other lines tell."""

    clock: Clock
    date: Written | None
    text: str


def records(document: Document) -> Mapping[int, Record]:
    """By the number of the line on which the time stands; none of a kind of which there are fewer than three."""
    lines = document.lines
    stamps = {place: stamp for place, line in enumerate(lines) if (stamp := _stamp(line, document.role(line))) is not None}
    often = Counter(way for way, _, _, _ in stamps.values())
    stamps = {place: stamp for place, stamp in stamps.items() if often[stamp[0]] >= FEWEST}
    return {
        lines[place].number: Record(clock, day, " ".join((words, *beside(lines, place, stamps, way))).strip())
        for place, (way, clock, day, words) in stamps.items()
    }


def _stamp(line: Line, role: str) -> tuple[Way, Clock, Written | None, str] | None:
    """The time and the words beside it, where the line says nothing else."""
    if len(line.text) > LONGEST or line.kind not in ("text", "bullet", "code", "heading") or not any(c.isdigit() for c in line.text):
        return None
    key = _TIME_KEY.match(line.text)
    times = clocks(line.text)
    if len(times) != 1 or times[0].wrong or role in ("actions", "authors", "evidence"):
        return None
    clock, days = times[0], dates(line.text)
    begin = key.end() if key else 0
    rest = list(line.text)
    for first, last in ((0, begin), (clock.start, clock.end), *((d.start, d.end) for d in days[:1])):
        rest[first:last] = " " * (last - first)
    words = _WORD.findall(_DAY_NAME.sub(" ", "".join(rest)))
    words = [word for word in words if word != "T"]
    day = days[0] if days else None
    if key:
        return None if words else ("key", clock, day, "")
    first = min([clock.start, *(d.start for d in days[:1])])
    signed = (
        bool(words)
        and _WORD.search(line.text[:first])
        and not _WORD.findall(_DAY_NAME.sub(" ", line.text[max(clock.end, *(d.end for d in days[:1]), 0) :]))
    )
    alone = not words and day is not None
    if line.kind in ("bullet", "code") or fields(line) or len(words) > 5 or not (signed or alone):
        return None
    return "name", clock, day, " ".join(words)


def beside(lines: Sequence[Line], place: int, stamps: Mapping[int, object], way: Way = "name") -> Iterator[str]:
    """What the lines behind it tell, up to the next stamp or a blank line; of a line below its text, the lines before it."""
    if place + 1 < len(lines) and _tells(lines[place + 1]):
        following: Sequence[int] = range(place + 1, min(place + MOST_LINES, len(lines)))
    elif place and _tells(lines[place - 1]) and place - 1 not in stamps:
        following = range(place - 1, max(place - MOST_LINES, -1), -1)
    else:
        following = range(min(place + 2, len(lines)), min(place + MOST_LINES, len(lines)))
    told: list[str] = []
    for number in following:
        if number in stamps or not _tells(lines[number]):
            break
        told.append(re.sub(r"[\"',]+$", "", _KEY.sub("", lines[number].text, count=1)) if way == "key" else lines[number].text)
    yield from told if not told or following[0] > place else reversed(told)


def _tells(line: Line) -> bool:
    return line.kind in ("text", "bullet", "code") and bool(line.text)
