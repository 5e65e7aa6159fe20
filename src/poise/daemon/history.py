"""What was measured lately, bounded, as the series that detectors and the diagnosis look at."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from poise.daemon.columns import Columns
from poise.model.could_not import CouldNot
from poise.model.memo import Memo
from poise.model.needs import Needs
from poise.model.sample import AllSeries, Block, Event, Sample, Series, Silence, Stack, Window
from poise.model.topology import Topology

FIRST_CAPACITY = 64
# Of the rows of one table of a load balancer: 10,000 servers that are looked at every half minute take 9 for five minutes.
MOST_BYTES = 64 * 1024 * 1024


class _Track:
    """One series. Windows get views of these arrays: what a view shows never changes, room is made in a new array."""

    __slots__ = ("count", "seconds", "start", "values")

    def __init__(self) -> None:
        self.seconds: NDArray[np.float64] = np.empty(FIRST_CAPACITY)
        self.values: NDArray[np.float64] = np.empty(FIRST_CAPACITY)
        self.start = self.count = 0

    def add(self, at: float, value: float, limit: int) -> None:
        if self.count > self.start and at <= self.seconds[self.count - 1]:
            self._insert(at, value)
            return
        if self.count == len(self.seconds):
            self._make_room(limit)
        self.seconds[self.count], self.values[self.count] = at, value
        self.count += 1
        self.start = max(self.start, self.count - limit)

    def forget(self, before: float) -> None:
        self.start += int(np.searchsorted(self.seconds[self.start : self.count], before))

    def series(self) -> Series:
        return Series(self.seconds[self.start : self.count], self.values[self.start : self.count])

    def _insert(self, at: float, value: float) -> None:
        seconds, values = self.seconds[self.start : self.count], self.values[self.start : self.count]
        place = int(np.searchsorted(seconds, at))
        if place < len(seconds) and seconds[place] == at:  # the later word about the same instant holds
            self.values, self.seconds = values.copy(), seconds.copy()
            self.values[place] = value
        else:
            self.seconds, self.values = np.insert(seconds, place, at), np.insert(values, place, value)
        self.start, self.count = 0, len(self.seconds)

    def _make_room(self, limit: int) -> None:
        kept = min(self.count - self.start, limit)
        # A hundred load balancers have ten thousand series: room is made for a quarter more, not for as many again.
        room = kept + max(FIRST_CAPACITY, kept // 4)
        seconds, values = np.empty(room), np.empty(room)
        seconds[:kept], values[:kept] = self.seconds[self.count - kept : self.count], self.values[self.count - kept : self.count]
        self.seconds, self.values, self.start, self.count = seconds, values, 0, kept


class History:
    """Keeps `span` of what was measured of one load balancer and what stands around it, and the events of that span.

    Blocks are kept by whole rows, at full resolution for the last `full` and merged before, within `most_bytes` in all (`Columns`).
    Samples, of which there are few, are kept in float64: at most `span` / `interval` and a quarter more for each series.
    """

    def __init__(
        self,
        span: timedelta = timedelta(minutes=20),
        interval: timedelta = timedelta(seconds=1),
        events: int = 2000,
        *,
        full: timedelta = timedelta(minutes=5),
        coarse: timedelta = timedelta(seconds=15),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._span = span.total_seconds()
        self._limit = int(span / interval * 1.25)
        self._tracks: dict[tuple[str, str], _Track] = {}
        self._events: deque[Event] = deque(maxlen=events)
        self._full, self._coarse, self._most_bytes = full.total_seconds(), coarse.total_seconds(), most_bytes
        self._columns: dict[tuple[str, tuple[str, ...]], Columns] = {}
        self._memo = Memo()

    def add(self, samples: Iterable[Sample]) -> None:
        """Keep these. A sample older than the newest of its series is put in its place."""
        for sample in samples:
            key = (sample.component, sample.metric)
            track = self._tracks.get(key)
            if track is None:
                track = self._tracks[key] = _Track()
            track.add(sample.at.timestamp(), sample.value, self._limit)

    def add_blocks(self, blocks: Iterable[Block]) -> None:
        """Keep these; one that is older than the newest of its source is taken as one of that instant."""
        for block in blocks:
            key = (block.source, block.metrics)
            columns = self._columns.get(key)
            if columns is None:
                columns = Columns(block.metrics, self._span, self._full, self._coarse, self._most_bytes)
                self._columns[key] = columns
            columns.add(block)

    def add_event(self, event: Event) -> None:
        """Keep this event."""
        self._events.append(event)

    def window(
        self,
        now: datetime,
        stack: Stack,
        topologies: tuple[Topology, ...] = (),
        needs: Needs | None = None,
        could_not: tuple[CouldNot, ...] = (),
        silences: Mapping[str, Silence] | None = None,
    ) -> Window:
        """All that is known up to `now`; cheap, no sample is copied. Series that ended before the span are forgotten."""
        oldest = now.timestamp() - self._span
        for key, track in list(self._tracks.items()):
            track.forget(oldest)
            if track.start == track.count:
                del self._tracks[key]
        for name, columns in list(self._columns.items()):
            if not columns.forget(oldest):
                del self._columns[name]
        frames = tuple(columns.frame() for columns in self._columns.values())
        series: Mapping[tuple[str, str], Series] = {key: track.series() for key, track in self._tracks.items()}
        if frames:
            series = AllSeries(series, frames)
        events = tuple(sorted((e for e in self._events if e.at.timestamp() >= oldest), key=lambda e: e.at))
        return Window(stack, now, series, events, topologies, needs or Needs(), could_not, frames, silences or {}, self._memo)
