"""Where a document gives a time to something that happened: entries of lists, rows of tables, sentences of prose."""

import re
from dataclasses import replace

from poise.model.regexp import regexp
from poise.review.blocks import Block, blocks
from poise.review.clock import Clock, broken, clocks, dotted
from poise.review.dates import Move, Written, dates, moves
from poise.review.document import Document, Line
from poise.review.durations import lengths
from poise.review.entry import Entry, Unread
from poise.review.entry_signs import TIME_HEAD, bare, from_dotted, is_date_cell, is_end_cell, is_prose, is_time_cell, until, weekday
from poise.review.relative import OFFSET_HEAD, plus, shift_of, zero
from poise.review.zones import ZONE, Zone, zone_of
from poise.review.zones_said import of_column

# Sections whose times are no events: deadlines, meetings, who wrote it.
_NO_EVENTS = ("actions", "authors", "status", "evidence", "responders", "background")
# Fields of a head: what the document declares, or times of itself.
FIELD = regexp(
    r"(?:incident |outage |impact |issue |event |service )?(?:start(?:ed)?|end(?:ed)?|began|begin|date|time|duration"
    r"|when|window|resolved|detected|time ?zone|"
    r"published|posted|authors?|written|review\w*|meeting|updated|created|due|deadline|status|start time|end time"
    r"|date and time|date/time|period|downtime|over|until|finish(?:ed)?|took|length|from|to"
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
_LATER = regexp(r"\b((?:\w+[ -]){1,2}(?:minutes?|hours?)) later\b(?!,? at \d)", re.IGNORECASE)
_NO_TIME = regexp(r"[HhXx]{1,2}:[MmXx]{2}")
# What a template asks to be filled in.
_TEMPLATE = regexp(r"^(?:short |brief )?(?:event |incident )?description\.?$|^(?:event|text|todo|tbd)$", re.IGNORECASE)
# What is told of an event stands near its time; sentences without an end are as long as the file.
AROUND = 400
_LETTERS = regexp(r"[A-Za-z]")
_LENGTH_AFTER = regexp(r"\s?(?:h\b|hrs?\b|hours?\b|min(?:ute)?s?\b|m\b)", re.IGNORECASE)
_LENGTH_BEFORE = regexp(r"\b(?:took|lasted|for|duration|total|length|elapsed|within)\W{0,3}(?:of )?$", re.IGNORECASE)


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
        self.zero = zero(document)
        # Times without any mark are taken for such where several lines begin with one.
        self.bare = sum(bare(line.text) is not None for line in document.lines if line.kind in ("text", "bullet", "code")) >= 3

    def block(self, block: Block) -> None:
        role = self.document.role(block.head)
        if block.kind == "heading":
            self._heading(block)
        elif role in _NO_EVENTS or block.kind in ("front", "head"):
            return
        elif block.kind == "row":
            self._row(block)
        elif self.zero is not None and block.kind in ("bullet", "text", "code") and (shift := shift_of(block.text)) is not None:
            self._relative(block, shift)
        elif block.entry and not self._is_window(block, role) and not is_prose(block):
            self._entry(block)
        elif (
            self.bare
            and role in ("timeline", "other")
            and block.kind in ("text", "bullet", "code")
            and (unmarked := bare(block.text)) is not None
        ):
            self._add(block, unmarked, block.text[unmarked.end :].lstrip(" \t-–—:|.").strip(), True, None, None, None, 0)
        elif block.kind == "bullet" and role == "timeline" and len(found := clocks(block.text)) == 1 and not found[0].wrong:
            self._add(block, found[0], block.text, True, next(iter(dates(block.text)), None), None, None, found[0].start)
        elif block.kind != "code" and (not block.entry or is_prose(block)):
            self._prose(block)

    def _is_window(self, block: Block, role: str) -> bool:
        """`Monday, 2 October 2023, 07:50–10:20` below a title: when the incident was, and no event of it."""
        first = clocks(block.text)[0]
        return block.kind == "text" and role in ("other", "summary") and first.until is not None and bool(dates(block.text[: first.start]))

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
        place = next((n for n, cell in enumerate(cells) if is_time_cell(line, n) and (clocks(cell) or dotted(cell))), None)
        if place is None and self.zero is not None and cells:
            head = line.columns[0] if line.columns else ""
            shift = shift_of(cells[0]) if not cells[0].isdigit() else (int(cells[0]), len(cells[0])) if OFFSET_HEAD.match(head) else None
            if shift is not None:
                text = " ".join(cells[1:])
                self._add(block, plus(self.zero, shift[0]), text, True, None, None, None, 0)
                return
        if place is None:
            if any(cells) and (dates(cells[0]) or any(moves(cells[0]))) and not any(cells[1:]):
                self._above(cells[0])
            elif cells and (self.document.role(line) == "timeline" or any(TIME_HEAD.search(head) for head in line.columns)):
                self._day_row(block, cells)
            self._broken(block, cells[0] if cells else "")
            return
        day = next((d for n, cell in enumerate(cells[: place + 1]) if n == place or is_date_cell(line, n) for d in dates(cell)), None)
        found = clocks(cells[place])
        column = line.columns[place] if place < len(line.columns) else ""
        clock = found[0] if found else from_dotted(cells[place])
        if clock is None:
            return
        following = place + 1
        zone = of_column(column)
        if following < len(cells) and (alone := ZONE.fullmatch(cells[following])):
            zone = zone_of(alone) or zone
            following += 1
        if following < len(cells) and clock.until is None and is_end_cell(line, following):
            ends = clocks(cells[following])
            if ends:
                clock = until(clock, ends[0])
                following += 1
        words = " ".join(cell for n, cell in enumerate(cells) if n >= following or (n < place and not dates(cell)))
        self._add(block, clock, words, listed=True, day=day, zone=zone, move=next(moves(cells[place]), None), place=0)

    def _entry(self, block: Block) -> None:
        found = clocks(block.text)
        clock = found[0]
        before = block.text[: clock.start]
        day = next(iter(dates(block.text[: clock.end])), None)
        behind = block.text[clock.end : clock.end + 30]
        move = next(moves(before), None) or next((m for m in moves(behind) if m.start < 4), None)
        self._add(block, clock, block.text[clock.end :][: 2 * AROUND].lstrip(" \t-–—:|)]*,.").strip(), True, day, None, move, clock.start)
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
        self._sentences(block, found, written, moved)

    def _sentences(self, block: Block, found: tuple[Clock, ...], written: tuple[Written, ...], moved: tuple[Move, ...]) -> None:
        """The times of prose, each with its sentence."""
        text = block.text
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
            self._add(
                block,
                clock,
                text[max(begin, clock.start - AROUND) : min(end, clock.end + AROUND)].strip(),
                False,
                day,
                None,
                None if day else move,
                clock.start,
            )
            used = clock.end
            later = _LATER.search(text, clock.end, next((c.start for c in found if c.start > clock.start), len(text)))
            length = next(iter(lengths(later[1])), None) if later else None
            if later and length is not None and length.minutes == int(length.minutes) and not clock.wrong:
                begin, end = block.sentence(later.start())
                self._add(
                    block,
                    plus(clock, int(length.minutes)),
                    text[begin : min(end, later.end() + AROUND)].strip(),
                    False,
                    None,
                    None,
                    None,
                    later.start(),
                )

    def _relative(self, block: Block, shift: tuple[int, int]) -> None:
        """`T+12 …`: so many minutes after zero."""
        if self.zero is not None:
            self._add(block, plus(self.zero, shift[0]), block.text[shift[1] :].lstrip(" \t-–—:|)]*,.'′").strip(), True, None, None, None, 0)

    def _day_row(self, block: Block, cells: tuple[str, ...]) -> None:
        """A row with a date and no time, in its cell or in that of the time."""
        written = dates(cells[0])
        rest = cells[0][: written[0].start] + cells[0][written[0].end :] if written else "?"
        if not written or _LETTERS.search(_NO_TIME.sub("", rest)):
            return
        words = [cell for cell in cells[1:] if _LETTERS.search(cell)]
        if words and not _TEMPLATE.search(words[0]):
            self._day(block, written[0], " ".join(words))

    def _day(self, block: Block, day: Written, text: str) -> None:
        """An event of which only the day is told."""
        self._add(block, Clock(day.start, day.end, 0, 0, 0, day.text, precision="day"), text, True, day, None, None, day.start)

    def _dotted(self, block: Block) -> None:
        clock = from_dotted(block.text)
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

    def _group(self, line: Line) -> int:
        """Lists and tables are known by their number; lines and headings of a section follow each other, whatever stands between."""
        if line.kind in ("bullet", "row"):
            return line.group
        return -1 if self.document.role(line) == "timeline" else -2

    def _add(
        self, block: Block, clock: Clock, text: str, listed: bool, day: Written | None, zone: Zone | None, move: Move | None, place: int
    ) -> None:
        line = block.line_at(place)
        if clock.wrong:
            self.unread.append(Unread(line.quote, clock.written, clock.wrong))
            if clock.hour > 24 or clock.minute > 59:
                return
        above, moved = (self.date, self.move) if listed else (None, None)
        if clock.loose and self.found and self.found[-1].quote.line <= line.number:
            last = self.found[-1].clock
            if clock.hour < 12 and (clock.hour, clock.minute) < (last.hour, last.minute) <= (clock.hour + 12, clock.minute):
                clock = replace(clock, hour=clock.hour + 12)
        self.found.append(
            Entry(
                clock,
                text,
                line.quote,
                line.section,
                self._group(line),
                listed,
                day or above,
                move or (moved if day is None else None),
                zone,
                self.dated_section,
                line.level,
                self.document.role(line),
                line.kind == "row",
                weekday(block.text[: clock.start + 1]) if listed and day is None else None,
                not listed and any(c.until for c in clocks(block.text)),
            )
        )
        if listed:
            self.date = self.move = None
