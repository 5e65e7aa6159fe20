"""Where a document gives a time to something that happened: entries of lists, rows of tables, sentences of prose."""

from dataclasses import replace
from itertools import groupby

from poise.review import entry_signs as signs
from poise.review.blocks import Block, block_of, blocks, opens
from poise.review.calendar import of_file
from poise.review.clock import Clock, broken, clocks, dotted
from poise.review.dates import Move, Written, dates, moves
from poise.review.document import Document
from poise.review.entry import Entry, Unread
from poise.review.line import Line
from poise.review.records import records
from poise.review.relative import is_zero, laters, plus, shift_of, zero
from poise.review.rows import row_shift, row_time
from poise.review.zones import Zone

BEHIND_TIME = " \t-–—:|)]*,.'′"
# No list goes on from a time that stands further above.
MOST_BACK = 200


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
        self.records = records(document)
        # Times without any mark are taken for such where several lines begin with one.
        # Where the times of rows come first, those of other rows are fields of a head.
        self.first = sum(line.kind in ("row", "text", "bullet") and opens(line) for line in document.lines) >= 3
        self.bare = sum(signs.bare(line.text) is not None for line in document.lines if line.kind in ("text", "bullet", "code")) >= 3

    def block(self, block: Block) -> None:
        if any(line.number in self.records for line in block.lines):
            self._records(block)
            return
        role = self.document.role(block.head)
        if block.kind == "heading":
            self._heading(block)
        elif role in signs.NO_EVENTS or block.kind in ("front", "head") or block.text.startswith("{{"):
            return
        elif block.kind == "row":
            self._row(block)
        elif self.zero is not None and block.kind in ("bullet", "text", "code") and (shift := shift_of(block.text)) is not None:
            self._relative(block, shift)
        elif block.kind in ("bullet", "text") and not clocks(block.text) and self._since(block, role):
            return
        elif block.entry and not self._is_window(block, role) and not signs.is_prose(block):
            self._entry(block)
        elif (
            self.bare
            and role in ("timeline", "other")
            and block.kind in ("text", "bullet", "code")
            and (unmarked := signs.bare(block.text)) is not None
        ):
            self._add(block, unmarked, block.text[unmarked.end :].lstrip(" \t-–—:|.").strip(), True)
        elif block.kind == "bullet" and role == "timeline" and len(found := clocks(block.text)) == 1 and not found[0].wrong:
            self._add(block, found[0], block.text, True, found[0].start, next(iter(dates(block.text)), None))
        elif block.kind != "code" and (not block.entry or signs.is_prose(block)):
            self._prose(block)

    def _records(self, block: Block) -> None:
        """A block of which lines are the times of records; the others tell what they tell."""
        for recorded, members in groupby(block.lines, key=lambda line: line.number in self.records):
            lines = list(members)
            if not recorded:
                self.block(block_of(lines, False))
                continue
            for line in lines:
                record = self.records[line.number]
                self._add(block_of([line], True), record.clock, record.text, True, day=record.date)

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
        written = [day for day in dates(text) if not of_file(text, day)]
        moved = list(moves(text))
        self.date = written[0] if written else None
        self.move = moved[0] if moved and not written else None

    def _row(self, block: Block) -> None:
        line = block.head
        cells = line.cells
        role = self.document.role(line)
        if len(cells) == 2 and signs.FIELD.match(cells[0].rstrip(": ")):
            return
        found = row_time(line, role in ("timeline", "other"))
        if found is not None and not signs.LETTERS.search(signs.UNITS.sub("", found.text)) and any(c.isdigit() for c in found.text):
            return  # a row of measurements
        if found is not None:
            head = (
                len(cells) == 2
                and self.first
                and not clocks(cells[0])
                and not signs.TIME_HEAD.search(line.columns[1] if line.columns else "")
            )
            if not head:
                self._add(block, found.clock, found.text, True, day=found.day, zone=found.zone, move=found.move)
        elif self.zero is not None and cells and (shift := row_shift(line)) is not None:
            self._add(block, plus(self.zero, shift), " ".join(cells[1:]), True)
        else:
            if any(cells) and (dates(cells[0]) or any(moves(cells[0]))) and not any(cells[1:]):
                self._above(cells[0])
            elif cells and (role == "timeline" or any(signs.TIME_HEAD.search(head) for head in line.columns)):
                self._day_row(block, cells)
            self._broken(block, cells[0] if cells else "")

    def _entry(self, block: Block) -> None:
        found = clocks(block.text)
        clock = found[0]
        before = block.text[: clock.start]
        day = next((d for d in dates(block.text) if d.start < clock.end or signs.on_day(block.text, clock.end, d)), None)
        if day is not None and day.start >= clock.end:
            clock = replace(clock, end=day.end)
        behind = block.text[clock.end : clock.end + 30]
        move = next(moves(before), None) or next((m for m in moves(behind) if m.start < 4), None)
        self._add(block, clock, block.text[clock.end :][: 2 * signs.AROUND].lstrip(BEHIND_TIME).strip(), True, clock.start, day, move)
        self._broken(block, block.text[: clock.end + 12])

    def _prose(self, block: Block) -> None:
        text = block.text
        if signs.is_field(block.head.text, self.document.role(block.head)):
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
        for place, clock in enumerate(found):
            begin, end = block.sentence(clock.start)
            last = (found[place - 1].until or found[place - 1]).end if place else None
            following = found[place + 1].start if place + 1 < len(found) else None
            if not signs.is_event(text, clock) or (self.zero is not None and is_zero(text, clock)):
                continue
            day = next((d for d in reversed(written) if used <= d.start < clock.start), None) or next(
                (d for d in written if clock.end <= d.start < clock.end + 12), None
            )
            move = next((m for m in reversed(moved) if (used if m.days > 0 else max(used, begin)) <= m.start < clock.start), None)
            self._add(
                block,
                clock,
                signs.clause(text, clock, last, following, begin, end).strip(),
                False,
                clock.start,
                day,
                None if day else move,
            )
            used = clock.end
            self._afterwards(block, clock, clock.end, len(text) if following is None else following)

    def _afterwards(self, block: Block, clock: Clock, begin: int, end: int) -> None:
        """What prose tells "30 minutes later", until it gives the next time itself."""
        for later in laters(block.text, begin, end) if not clock.wrong else ():
            clock = plus(clock, later.minutes)
            first, last = block.sentence(later.start)
            self._add(block, clock, block.text[first : min(last, later.end + signs.AROUND)].strip(), False, later.length_end - 1)

    def _since(self, block: Block, role: str) -> bool:
        """An entry that begins with `+12 min` or "12 minutes later": after the list's first one, or the one before."""
        told = [e for e in self.found[-MOST_BACK:] if e.listed and e.section == block.head.section] if role in ("timeline", "other") else []
        if not told:
            return False
        shift, first = shift_of(block.text), next(laters(block.text, 0, len(block.text)), None)
        if shift is not None and shift[1] < len(block.text) and "+" in block.text[: shift[1]]:
            self._add(block, plus(told[0].clock, shift[0]), block.text[shift[1] :].lstrip(BEHIND_TIME), True)
        elif first is not None and not signs.LETTERS.search(signs.ABOUT.sub("", block.text[: first.start])):
            self._add(block, plus(told[-1].clock, first.minutes), block.text[first.end :].lstrip(BEHIND_TIME), True)
        else:
            return False
        return True

    def _relative(self, block: Block, shift: tuple[int, int]) -> None:
        """`T+12 …`: so many minutes after zero."""
        if self.zero is not None:
            self._add(block, plus(self.zero, shift[0]), block.text[shift[1] :].lstrip(BEHIND_TIME).strip(), True)

    def _day_row(self, block: Block, cells: tuple[str, ...]) -> None:
        """A row with a date and no time, in its cell or in that of the time."""
        written = dates(cells[0])
        rest = cells[0][: written[0].start] + cells[0][written[0].end :] if written else "?"
        if not written or signs.LETTERS.search(signs.NO_TIME.sub("", rest)):
            return
        words = [cell for cell in cells[1:] if signs.LETTERS.search(cell)]
        if words and not signs.TEMPLATE.search(words[0]):
            self._day(block, written[0], " ".join(words))

    def _day(self, block: Block, day: Written, text: str) -> None:
        """An event of which only the day is told."""
        self._add(block, Clock(day.start, day.end, 0, 0, 0, day.text, precision="day"), text, True, day.start, day)

    def _dotted(self, block: Block) -> None:
        clock = signs.from_dotted(block.text)
        if clock is not None:
            self.unread.append(
                Unread(
                    block.head.quote,
                    clock.written,
                    f"{clock.written} has a point where a clock has a colon; read as {clock.hour:02}:{clock.minute:02}",
                )
            )
            self._add(block, clock, block.text[clock.end :].lstrip(" -–—:|").strip(), True)

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
        self,
        block: Block,
        clock: Clock,
        text: str,
        listed: bool,
        place: int = 0,
        day: Written | None = None,
        move: Move | None = None,
        zone: Zone | None = None,
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
                (signs.weekday(block.text[: clock.start + 1]) if listed else signs.weekday_beside(block.text, clock))
                if day is None
                else None,
                not listed and signs.ranged(block, place),
                line.kind == "code" or line.raw.lstrip().startswith(">"),
            )
        )
        if listed:
            self.date = self.move = None
