"""What tells entries from prose, and the cells of a table from each other."""

import re
from dataclasses import replace

from poise.model.regexp import regexp
from poise.review.blocks import Block
from poise.review.clock import Clock, clocks, dotted
from poise.review.dates import lone_weekday
from poise.review.document import Line

TIME_HEAD = regexp(r"\b(?:time|when|sent|timestamp|date|clock|at|start|from|began|begin|utc|hour)\b", re.IGNORECASE)
_END_HEAD = regexp(r"\b(?:end|until|to|ended|finish)\b", re.IGNORECASE)
_DATE_HEAD = regexp(r"\b(?:date|day)\b", re.IGNORECASE)
_APART = regexp(r"\s{2,}|\s*[-–—:|\]>*]|\t")
_BARE = regexp(r"\W*(?P<h>[01]\d|2[0-3])\.?(?P<m>[0-5]\d)(?=\s*[-–—:|]|\s+\S)(?!\s*(?:%|\w{1,2}\b\s*$))")


def bare(text: str) -> Clock | None:
    """`2210 - …` or `22.10 …` at the beginning of a line."""
    found = _BARE.match(text)
    return (
        None
        if found is None
        else Clock(found.start("h"), found.end("m"), int(found["h"]), int(found["m"]), 0, text[found.start("h") : found.end("m")])
    )


def is_prose(block: Block) -> bool:
    """A paragraph that begins with a time and goes on with other times in sentences of their own."""
    found = clocks(block.text) if block.kind == "text" else []
    if not found or _APART.match(block.text, found[0].end):
        return False
    return any(block.sentence(clock.start)[0] > 0 for clock in found)


def weekday(before: str) -> int | None:
    """The weekday whose name stands before the time."""
    found = lone_weekday(before)
    return None if found is None else found[0]


def until(clock: Clock, ends: Clock) -> Clock:
    """The time as a range to the other."""
    return replace(clock, zone=clock.zone or ends.zone, until=ends)


def from_dotted(text: str) -> Clock | None:
    """The time of a cell or an entry that begins with `15.25`."""
    found = dotted(text)
    return None if found is None else Clock(0, text.find(found[2]) + len(found[2]), found[0], found[1], 0, found[2])


def is_time_cell(line: Line, place: int) -> bool:
    """Whether a time may stand in that cell, by the column's head; without one in the first two."""
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(TIME_HEAD.search(head)) if head else place < 2


def is_date_cell(line: Line, place: int) -> bool:
    """Whether a date may."""
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(_DATE_HEAD.search(head)) if head else place < 2


def is_end_cell(line: Line, place: int) -> bool:
    """Whether the column's head says that it holds the end."""
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(_END_HEAD.search(head))
