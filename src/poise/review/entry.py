"""A time in its place: what is told there, and what of the day and the zone stands beside it."""

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.review.clock import Clock
from poise.review.dates import Move, Written
from poise.review.zones import Zone


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
    role: str = "other"
    table: bool = False
    weekday: int | None = None
    # The paragraph gives a range, as a summary does.
    ranged: bool = False
    # It stands in a block of code or in a quotation.
    quoted: bool = False

    @property
    def clock_minute(self) -> tuple[int, int]:
        """What a clock without seconds shows."""
        return self.clock.hour, self.clock.minute


@dataclass(frozen=True, slots=True)
class Unread:
    """A time that stands there and cannot be: where, what is written, and why it is none."""

    quote: Quote
    written: str
    reason: str
