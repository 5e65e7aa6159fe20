"""Moments that a document gives in two zones at once: in two columns, or in brackets behind each other."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.clock import Clock, clocks
from poise.review.document import Document
from poise.review.line import Line
from poise.review.zones import Zone
from poise.review.zones_said import of_column

_BRACKET = regexp(r"\s*[(/\[]\s*")


@dataclass(frozen=True, slots=True)
class Zoned:
    """A time of day with its zone: `minute` since midnight."""

    minute: int
    zone: Zone

    @property
    def clock(self) -> str:
        """Hours and minutes, for a sentence."""
        return f"{self.minute // 60}:{self.minute % 60:02}"


Pair = tuple[Zoned, Zoned]


def moments_apart(document: Document, day: datetime) -> Iterator[tuple[Line, Line | None, Pair]]:
    """Each line whose two times are not as far apart as their zones are on that day, with the head of its table."""
    told = [(line, tuple(_pairs(line))) for line in document.lines]
    # By table, how often its rows are how far apart.
    usual: dict[int, Counter[int]] = {}
    for line, pairs in told:
        if line.kind == "row":
            usual.setdefault(line.group, Counter()).update((other.minute - one.minute) % 1440 for one, other in pairs)
    heads: dict[int, Line] = {}
    for line, pairs in told:
        if line.kind == "head":
            heads[line.group] = line
        head = heads.get(line.group)
        for one, other in pairs:
            wanted, found = _wanted(one, other, day), (other.minute - one.minute) % 1440
            if wanted is None or found == wanted:
                continue
            # Where the rows of the table are mostly so far apart, its heads are at fault, if anything is.
            counts = usual.get(line.group, Counter())
            if head is None or counts[found] < counts[wanted]:
                yield line, head, (one, other)


def _wanted(one: Zoned, other: Zoned, day: datetime) -> int | None:
    """By how many minutes the second clock is ahead of the first; None where the zones are alike or unknown."""
    first, second = (each.zone.offset(day.replace(hour=each.minute // 60 % 24, minute=each.minute % 60)) for each in (one, other))
    return None if first is None or second is None or first == second else (second - first) % 1440


def _pairs(line: Line) -> Iterator[Pair]:
    if line.kind == "row":
        zones = [of_column(head) for head in line.columns]
        cells = [(found[0], zone) for cell, zone in zip(line.cells, zones, strict=False) if zone and (found := clocks(cell))]
        if len(cells) == 2 and cells[0][1] != cells[1][1]:
            yield _zoned(*cells[0]), _zoned(*cells[1])
        return
    found = clocks(line.text) if any(c.isdigit() for c in line.text) else ()
    for one, other in pairwise(found):
        if one.zone and other.zone and one.until is None and other.until is None and _BRACKET.fullmatch(line.text, one.end, other.start):
            yield _zoned(one, one.zone), _zoned(other, other.zone)


def _zoned(clock: Clock, zone: Zone) -> Zoned:
    return Zoned(clock.hour * 60 + clock.minute, zone)
