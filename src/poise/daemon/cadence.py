"""How often one load balancer is looked at: at most one per cent of its time is poise's. Pure."""

from collections import deque
from datetime import datetime, timedelta

# One look a second is what the detectors are made for; a look a minute is the least that still finds something.
FLOOR, CEILING = timedelta(seconds=1), timedelta(seconds=60)
# A hundred times as long as it took to answer: 1 %.
TIMES = 100
# The least of so many answers: what waits in a queue, ours or its, only adds to the time that an answer takes.
ANSWERS = 5
# HAProxy 2.6 wrote 2.43 MB of `show stat` in 295 ms on a busy machine, 0.12 µs a byte. What takes longer than its size explains was
# waiting and no work: a machine that is short of time must not be looked at less because of it.
FIRST_SECONDS, SECONDS_PER_BYTE = 0.005, 2e-7
# A look may come so much earlier than its interval: clocks and event loops are not exact.
TOLERANCE = 0.25


class Cadence:
    """When to look next. `phase` 0–1 is this load balancer's place in the interval: many are spread over it."""

    def __init__(self, floor: timedelta = FLOOR, phase: float = 0.0) -> None:
        self.floor, self.phase = max(floor, FLOOR), phase
        self._costs: deque[float] = deque(maxlen=ANSWERS)
        self._told: float | None = None

    def answered(self, seconds: float | None, size: int) -> None:
        """It answered so many bytes in that time; None where it was asked nothing."""
        if seconds is not None:
            self._costs.append(min(seconds, FIRST_SECONDS + size * SECONDS_PER_BYTE) if size else seconds)

    @property
    def cost(self) -> float:
        """The seconds of its time that a look takes; 0 before the first answer."""
        return min(self._costs, default=0.0)

    @property
    def interval(self) -> timedelta:
        """The time between two looks."""
        return min(max(self.floor, timedelta(seconds=self.cost * TIMES)), max(CEILING, self.floor))

    def next(self, began: datetime) -> datetime:
        """When to look again after the look that began then: at this one's place in the interval, counted from the epoch.

        Within a second the turns themselves keep the pace, and whoever takes them has a beat of its own.
        """
        every = self.interval.total_seconds()
        earliest = began.timestamp() + every * (1 - TOLERANCE)
        if self.interval <= FLOOR:
            return datetime.fromtimestamp(earliest, began.tzinfo)
        place = self.phase * every
        turns = -((place - earliest) // every)
        return datetime.fromtimestamp(place + turns * every, began.tzinfo)

    def moved(self) -> bool:
        """Whether the interval is by a half longer or shorter than when this was last true: news, and not the noise of a measurement."""
        every = self.interval.total_seconds()
        if self._told is not None and self._told / 1.5 <= every <= self._told * 1.5:
            return False
        self._told = every
        return True

    def words(self) -> str | None:
        """Why it is looked at less often than once a second; None where it is not."""
        every = self.interval
        if every <= FLOOR:
            return None
        if every <= self.floor:
            return f"looked at every {every.total_seconds():.3g} s, as `every_seconds` says"
        took = f"it takes {self.cost * 1000:.0f} ms to answer"
        if self.cost * TIMES > every.total_seconds() * 1.01:
            part = self.cost / every.total_seconds()
            return f"looked at every {every.total_seconds():.0f} s, the least: {took}, so poise costs it {part:.1%} of its time"
        return f"looked at every {every.total_seconds():.1f} s: {took}, and poise costs it at most 1 % of its time"
