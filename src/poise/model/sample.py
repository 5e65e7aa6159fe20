"""What was measured: samples, the stack they belong to, and the bounded window that detectors and the diagnosis look at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.needs import Needs
from poise.model.topology import Topology

ComponentKind = Literal["load-balancer", "listener", "pool", "server", "application", "database", "host", "hop", "client"]


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the stack. Names are unique in a stack: `web/app1` a server, `web` a pool, `app1` an application, `lb→app1` a hop."""

    name: str
    kind: ComponentKind
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value. Metric names, units and endings are those of the recording contract (`_total` counter, `_ms`, `_ratio`)."""

    at: datetime
    component: str
    metric: str
    value: float


@dataclass(frozen=True, slots=True)
class Block:
    """Many figures of one instant: `values[i, j]` is metric j of component i, NaN where it was not measured. What `Sample` is for one.

    Names and units are those of the recording contract, as a sample's; a counter (`_total`) is its running total, as the product counts it.
    A scraper gives one block for each kind of thing it reads (servers, pools, listeners) and hands over **the same** tuples of components
    and metrics as long as they hold: the history maps by identity and asks no further; a new tuple costs once what its length is.
    `source` says which table of which scraper this is (`lb1 servers`): blocks of one source and the same metrics go on in the same rows.
    Blocks of a source come in the order of their instants, and nobody writes to `values` after they were handed over.
    """

    at: datetime
    components: tuple[str, ...]
    metrics: tuple[str, ...]
    values: NDArray[np.float64]
    source: str = ""

    def samples(self) -> Iterator[Sample]:
        """The same figures one by one; slow, for tests and small blocks."""
        for component, row in zip(self.components, self.values.tolist(), strict=True):
            for metric, value in zip(self.metrics, row, strict=True):
                if value == value:  # noqa: PLR0124 - NaN is not itself
                    yield Sample(self.at, component, metric, value)

    def column(self, metric: str) -> NDArray[np.float64] | None:
        """That metric of all components, None where this block has no such metric."""
        return self.values[:, self.metrics.index(metric)] if metric in self.metrics else None


@dataclass(frozen=True, slots=True)
class Table:
    """One metric of many components: `values[t, i]` at `seconds[t]` since the epoch, ascending; NaN where it was not measured."""

    seconds: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at an instant: a change, an alert or a note."""

    at: datetime
    kind: Literal["change", "alert", "note"]
    text: str
    component: str | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """The parts that are watched and which one sends work to which."""

    components: tuple[Component, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()

    def of_kind(self, kind: ComponentKind) -> tuple[Component, ...]:
        """All components of that kind, in order."""
        return tuple(c for c in self.components if c.kind == kind)

    def downstream(self, name: str) -> tuple[str, ...]:
        """Names of the components that `name` sends work to."""
        return tuple(b for a, b in self.edges if a == name)

    def upstream(self, name: str) -> tuple[str, ...]:
        """Names of the components that send work to `name`."""
        return tuple(a for a, b in self.edges if b == name)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one component: `seconds` since the epoch (UTC), ascending, and `values`, of equal length."""

    seconds: NDArray[np.float64]
    values: NDArray[np.float64]

    def between(self, start: float, end: float) -> "Series":
        """The samples with start <= t <= end, both in epoch seconds."""
        low = int(self.seconds.searchsorted(start, side="left"))
        high = int(self.seconds.searchsorted(end, side="right"))
        return Series(self.seconds[low:high], self.values[low:high])

    def last(self) -> float | None:
        """The newest value, None if there is none."""
        return float(self.values[-1]) if len(self.values) else None

    def increase(self) -> float | None:
        """How much a counter rose over the series; a fall is a reset to zero, as in Prometheus. None with fewer than two samples."""
        if len(self.values) < 2:
            return None
        steps = np.diff(self.values)
        return float(np.where(steps >= 0, steps, self.values[1:]).sum())

    def rate(self) -> float | None:
        """Increase per second over the series."""
        rise = self.increase()
        span = float(self.seconds[-1] - self.seconds[0]) if len(self.seconds) > 1 else 0.0
        return None if rise is None or span <= 0 else rise / span


EMPTY = Series(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Window:
    """All that is known of the stack up to `now`: bounded series by (component, metric), events, and the files as they stand."""

    stack: Stack
    now: datetime
    series: Mapping[tuple[str, str], Series] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    topologies: tuple[Topology, ...] = ()
    needs: Needs = Needs()
    could_not: tuple[CouldNot, ...] = ()

    def get(self, component: str, metric: str) -> Series:
        """That series, an empty one if it was never measured."""
        return self.series.get((component, metric), EMPTY)

    def recent(self, component: str, metric: str, seconds: float) -> Series:
        """The last `seconds` seconds of that series."""
        now = self.now.timestamp()
        return self.get(component, metric).between(now - seconds, now)

    def table(self, components: tuple[str, ...], metric: str, seconds: float) -> Table:
        """The last `seconds` seconds of one metric of many components at once, a column for each, all NaN for one never measured.

        Cheap where they came as blocks: hand over the same tuple of components each time, as blocks do.
        """
        found = [self.recent(component, metric, seconds) for component in components]
        instants = np.unique(np.concatenate([series.seconds for series in found])) if found else np.empty(0)
        values = np.full((len(instants), len(found)), np.nan)
        for place, series in enumerate(found):
            values[np.searchsorted(instants, series.seconds), place] = series.values
        return Table(instants, values)

    def metrics(self, component: str) -> Iterable[str]:
        """The metrics measured of that component."""
        return (m for c, m in self.series if c == component)
