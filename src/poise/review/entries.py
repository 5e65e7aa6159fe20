"""Where a document gives a time to something that happened: entries of lists, rows of tables, sentences of prose."""

import re

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp
from poise.review.blocks import Block, blocks
from poise.review.clock import Clock, broken, clocks, dotted
from poise.review.dates import Move, Written, dates, moves
from poise.review.document import Document, Line
from poise.review.zones import Zone
from poise.review.zones_said import of_column

# Sections whose times are no events: deadlines, meetings, who wrote it.
_NO_EVENTS = ("actions", "authors", "status", "evidence", "responders", "background")
_TIME_HEAD = regexp(r"\b(?:time|when|timestamp|date|clock|at|start|from|began|begin|utc|hour)\b", re.IGNORECASE)
_END_HEAD = regexp(r"\b(?:end|until|to|ended|finish)\b", re.IGNORECASE)
_DATE_HEAD = regexp(r"\b(?:date|day)\b", re.IGNORECASE)
# Fields of a head: what the document declares, or times of itself.
FIELD = regexp(
    r"(?:incident |outage |impact |issue |event |service )?(?:start(?:ed)?|end(?:ed)?|began|begin|date|time|duration"
    r"|when|window|resolved|detected|time ?zone|"
    r"published|posted|authors?|written|review\w*|meeting|updated|created|due|deadline|status|start time|end time"
    r"|date and time|date/time|period|downtime"
    r"|time (?:to|of|started|ended|detected|resolved) ?\w*)\b[^:]{0,30}$",
    re.IGNORECASE,
)
_NO_EVENT = regexp(
    r"\b(?:due|deadline|meeting|review(?:ed)? (?:on|at)|scheduled (?:for|at)|every (?:day|night|hour|week)|daily"
    r"|nightly|weekly|hourly|each (?:day|night|morning)|"
    r"business hours|office hours|working hours|opening hours|updated|published|written|normally (?:runs|at)|usually"
    r"|cron(?: job)? (?:runs|at))\b[^.;]{0,25}$",
    re.IGNORECASE,
)
_LENGTH_AFTER = regexp(r"\s?(?:h\b|hrs?\b|hours?\b|min(?:ute)?s?\b|m\b)", re.IGNORECASE)
_LENGTH_BEFORE = regexp(r"\b(?:took|lasted|for|duration|total|length|elapsed|within)\W{0,3}(?:of )?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One time in its place. `date` and `move` are those that belong to it alone, or that stand above it since the entry before;
    `zone` that of its column; `dated_section` tells that a heading gave the day since the list began."""

    clock: Clock
    text: str
    quote: Quote
    section: int
    group: int
    listed: bool
    date: Written | None = None
    move: Move | None = None
    zone: Zone | None = None
    dated_section: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class Unread:
    """A time that stands there and cannot be: where, what is written, and why it is none."""

    quote: Quote
    written: str
    reason: str


def entries(document: Document) -> tuple[tuple[Entry, ...], tuple[Unread, ...]]:
    """All entries in the order of their lines, and the times that could not be understood."""
    gatherer = _Gatherer(document)
    for block in blocks(document):
        gatherer.block(block)
    return tuple(gatherer.found), tuple(gatherer.unread)


class _Gatherer:
    """Goes once through the blocks and holds the date that stands above."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Entry] = []
        self.unread: list[Unread] = []
        self.date: Written | None = None
        self.move: Move | None = None
        self.dated_section = False

    def block(self, block: Block) -> None:
        role = self.document.role(block.head)
        if block.kind == "heading":
            self._heading(block)
        elif role in _NO_EVENTS or block.kind in ("front", "head"):
            return
        elif block.kind == "row":
            self._row(block)
        elif block.entry:
            self._entry(block)
        elif block.kind != "code":
            self._prose(block)

    def _heading(self, block: Block) -> None:
        if block.entry:
            self._entry(block)
            return
        self._above(block.text)
        self.dated_section = self.date is not None or self.move is not None

    def _above(self, text: str) -> None:
        """What a heading or a line without a time says of the day of what follows."""
        written = dates(text)
        moved = list(moves(text))
        self.date = written[0] if written else None
        self.move = moved[0] if moved and not written else None

    def _row(self, block: Block) -> None:
        line = block.head
        cells = line.cells
        if len(cells) == 2 and FIELD.match(cells[0].rstrip(": ")):
            return
        place = next((n for n, cell in enumerate(cells) if _is_time_cell(line, n) and (clocks(cell) or dotted(cell))), None)
        if place is None:
            if any(cells) and (dates(cells[0]) or any(moves(cells[0]))) and not any(cells[1:]):
                self._above(cells[0])
            self._broken(block, cells[0] if cells else "")
            return
        day = next((d for n, cell in enumerate(cells[: place + 1]) if n == place or _is_date_cell(line, n) for d in dates(cell)), None)
        found = clocks(cells[place])
        column = line.columns[place] if place < len(line.columns) else ""
        clock = found[0] if found else _from_dotted(cells[place])
        if clock is None:
            return
        following = place + 1
        if following < len(cells) and clock.until is None and _is_end_cell(line, following):
            ends = clocks(cells[following])
            if ends:
                clock = _until(clock, ends[0])
                following += 1
        words = " ".join(cell for n, cell in enumerate(cells) if n >= following or (n < place and not dates(cell)))
        self._add(block, clock, words, listed=True, day=day, zone=of_column(column), move=next(moves(cells[place]), None), place=0)

    def _entry(self, block: Block) -> None:
        found = clocks(block.text)
        clock = found[0]
        before = block.text[: clock.start]
        day = next(iter(dates(block.text[: clock.end])), None)
        behind = block.text[clock.end : clock.end + 30]
        move = next(moves(before), None) or next((m for m in moves(behind) if m.start < 4), None)
        self._add(block, clock, block.text[clock.end :].lstrip(" \t-–—:|)]*,.").strip(), True, day, None, move, clock.start)
        self._broken(block, block.text[: clock.end + 12])

    def _prose(self, block: Block) -> None:
        text = block.text
        field = block.head.text.partition(":")[0]
        if len(field) < 40 and ":" in block.head.text and FIELD.match(field.strip()):
            return
        found = clocks(text)
        written, moved = dates(text), tuple(moves(text))
        if not found:
            short = block.text.strip(" *_:-#[]()")
            if (written and len(short) < 40) or (moved and len(short) < 30):
                self._above(text)
            elif dotted(text) and block.kind == "bullet" and self.document.role(block.head) == "timeline":
                self._dotted(block)
            self._broken(block, text[:14] if self.document.role(block.head) == "timeline" else "")
            return
        used = 0
        for clock in found:
            begin, end = block.sentence(clock.start)
            behind, before = text[clock.end : clock.end + 12], text[max(0, clock.start - 60) : clock.start]
            if _NO_EVENT.search(before) or (
                not clock.half_day and not clock.zone and (_LENGTH_AFTER.match(behind) or _LENGTH_BEFORE.search(before))
            ):
                continue
            day = next((d for d in reversed(written) if used <= d.start < clock.start), None) or next(
                (d for d in written if clock.end <= d.start < clock.end + 12), None
            )
            move = next((m for m in reversed(moved) if used <= m.start < clock.start), None)
            self._add(block, clock, text[begin:end].strip(), False, day, None, None if day else move, clock.start)
            used = clock.end

    def _dotted(self, block: Block) -> None:
        clock = _from_dotted(block.text)
        if clock is not None:
            self.unread.append(
                Unread(
                    block.head.quote,
                    clock.written,
                    f"{clock.written} has a point where a clock has a colon; read as {clock.hour:02}:{clock.minute:02}",
                )
            )
            self._add(block, clock, block.text[clock.end :].lstrip(" -–—:|").strip(), True, None, None, None, 0)

    def _broken(self, block: Block, text: str) -> None:
        for place, written in broken(text):
            reason = f"{written!r} is no time of day"
            self.unread.append(Unread(block.quote_at(place), written, reason))

    def _add(
        self, block: Block, clock: Clock, text: str, listed: bool, day: Written | None, zone: Zone | None, move: Move | None, place: int
    ) -> None:
        line = block.line_at(place)
        if clock.wrong:
            self.unread.append(Unread(line.quote, clock.written, clock.wrong))
            if clock.hour > 24 or clock.minute > 59 or (clock.hour == 24 and clock.minute):
                return
        above, moved = (self.date, self.move) if listed else (None, None)
        self.found.append(
            Entry(
                clock,
                text,
                line.quote,
                line.section,
                line.group,
                listed,
                day or above,
                move or (moved if day is None else None),
                zone,
                self.dated_section,
                line.level,
            )
        )
        if listed:
            self.date = self.move = None


def _until(clock: Clock, ends: Clock) -> Clock:
    zone = clock.zone or ends.zone
    return Clock(clock.start, clock.end, clock.hour, clock.minute, clock.second, clock.written, zone, clock.wrong, clock.half_day, ends)


def _from_dotted(text: str) -> Clock | None:
    found = dotted(text)
    return None if found is None else Clock(0, text.find(found[2]) + len(found[2]), found[0], found[1], 0, found[2])


def _is_time_cell(line: Line, place: int) -> bool:
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(_TIME_HEAD.search(head)) if head else place < 2


def _is_date_cell(line: Line, place: int) -> bool:
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(_DATE_HEAD.search(head)) if head else place < 2


def _is_end_cell(line: Line, place: int) -> bool:
    head = line.columns[place] if place < len(line.columns) else ""
    return bool(_END_HEAD.search(head))
