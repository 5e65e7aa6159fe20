"""The time of a table's row: in which cell it stands, and what the row's other cells say of its day, its zone and its event."""

from poise.model.light import dataclass
from poise.review import entry_signs as signs
from poise.review.clock import Clock, clocks, dotted
from poise.review.dates import Move, Written, dates, moves
from poise.review.line import Line
from poise.review.relative import OFFSET_HEAD, shift_of
from poise.review.zones import ZONE, Zone, zone_of
from poise.review.zones_said import of_column


@dataclass(frozen=True, slots=True)
class RowTime:
    """The time, and what belongs to it."""

    clock: Clock
    text: str
    day: Written | None
    move: Move | None
    zone: Zone | None


def row_time(line: Line, bare: bool) -> RowTime | None:
    """None where no cell holds one. `bare` allows `2210` in a column of times."""
    cells = line.cells
    place = time_place(line, bare)
    clock = _clock(cells[place]) if place is not None else None
    if place is None or clock is None:
        return None
    day = next((d for n, cell in enumerate(cells[: place + 1]) if n == place or signs.is_date_cell(line, n) for d in dates(cell)), None)
    following = place + 1
    zone = of_column(line.columns[place] if place < len(line.columns) else "")
    if following < len(cells) and (alone := ZONE.fullmatch(cells[following])):
        zone = zone_of(alone) or zone
        following += 1
    if following < len(cells) and clock.until is None and signs.is_end_cell(line, following) and (ends := clocks(cells[following])):
        clock = signs.until(clock, ends[0])
        following += 1
    words = " ".join(cell for n, cell in enumerate(cells) if n >= following or (n < place and not dates(cell)))
    return RowTime(clock, words, day, next(moves(cells[place]), None), zone)


def time_place(line: Line, bare: bool) -> int | None:
    """The number of the cell that holds the time."""
    may = [n for n in range(len(line.cells)) if signs.is_time_cell(line, n)]
    place = next((n for n in may if clocks(line.cells[n]) or dotted(line.cells[n])), None)
    if place is None and bare:
        place = next((n for n in may if any(line.columns[n:]) and signs.digits_alone(line.cells[n])), None)
    return place


def row_shift(line: Line) -> int | None:
    """The minutes after a zero that the first cell holds."""
    cell, head = line.cells[0], line.columns[0] if line.columns else ""
    if cell.isdigit():
        return int(cell) if OFFSET_HEAD.match(head) and len(cell) < 5 else None
    shift = shift_of(cell)
    return None if shift is None else shift[0]


def _clock(cell: str) -> Clock | None:
    found = clocks(cell)
    return found[0] if found else signs.from_dotted(cell) or signs.digits_alone(cell)
