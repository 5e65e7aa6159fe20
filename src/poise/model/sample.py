"""What was measured: samples, the stack they belong to, and the bounded window that detectors and the diagnosis look at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from poise.model.could_not import Cause, CouldNot
from poise.model.frame import Frame, Place
from poise.model.light import dataclass
from poise.model.memo import Memo
from poise.model.needs import Needs
from poise.model.series import EMPTY, Series, Table
from poise.model.topology import Topology

__all__ = ["EMPTY", "AllSeries", "Block", "Component", "ComponentKind", "Event", "Sample", "Series", "Silence", "Stack", "Table", "Window"]

T = TypeVar("T")
# Tuples of components that are asked for at once: servers, pools, and the parts of each kind. One of a thousand takes 0.1 MB where its
# names are its own; who hands over a new one each minute filled 10 MB a minute in a watch of a hundred load balancers.
MOST_TUPLES = 16
ComponentKind = Literal["load-balancer", "listener", "pool", "server", "application", "database", "host", "hop", "client"]


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the stack. Names are unique in a stack: `web/app1` a server, `web` a pool, `app1` an application, `lb→app1` a hop,
    `http` a listener, or `web listener` where it shares its name with a pool."""

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
    # A stack of 10,000 servers is asked tens of thousands of times: each question is one look-up, worked out when first asked.
    _index: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def kinds(self) -> Mapping[str, ComponentKind]:
        """The kind of each component by its name."""
        found: Mapping[str, ComponentKind] | None = self._index.get("kinds")
        if found is None:
            found = self._index["kinds"] = {c.name: c.kind for c in self.components}
        return found

    def of_kind(self, kind: ComponentKind) -> tuple[Component, ...]:
        """All components of that kind, in order."""
        found: Mapping[str, tuple[Component, ...]] | None = self._index.get("of kind")
        if found is None:
            found = self._index["of kind"] = _grouped((c.kind, c) for c in self.components)
        return found.get(kind, ())

    def downstream(self, name: str) -> tuple[str, ...]:
        """Names of the components that `name` sends work to."""
        found: Mapping[str, tuple[str, ...]] | None = self._index.get("downstream")
        if found is None:
            found = self._index["downstream"] = _grouped(self.edges)
        return found.get(name, ())

    def upstream(self, name: str) -> tuple[str, ...]:
        """Names of the components that send work to `name`."""
        found: Mapping[str, tuple[str, ...]] | None = self._index.get("upstream")
        if found is None:
            found = self._index["upstream"] = _grouped((b, a) for a, b in self.edges)
        return found.get(name, ())


def _grouped(pairs: Iterable[tuple[str, T]]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


class AllSeries(Mapping[tuple[str, str], Series]):
    """Every series of a window by (component, metric): those that came as samples, and those of blocks, which are made when asked for."""

    __slots__ = ("frames", "loose")

    def __init__(self, loose: Mapping[tuple[str, str], Series], frames: tuple[Frame, ...]) -> None:
        self.loose, self.frames = loose, frames

    def __getitem__(self, key: tuple[str, str]) -> Series:
        if (found := self.find(key)) is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and self.find(key) is not None

    def find(self, key: tuple[str, str]) -> Series | None:
        """That series, None where it was never measured: most that are asked for are not, and an exception costs more than the rest."""
        if (found := self.loose.get(key)) is not None:
            return found
        component, metric = key
        for frame in self.frames:
            if component in frame.places and metric in frame.metrics and (series := frame.series(component, metric)) is not None:
                return series
        return None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self.loose
        told = set(self.loose)
        for frame in self.frames:
            for metric in frame.metrics:
                measured = frame.measured(metric)
                for component, here in zip(frame.components, measured.tolist(), strict=True):
                    if here and (component, metric) not in told:
                        told.add((component, metric))
                        yield component, metric

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Silence:
    """A load balancer whose last look brought no figures. `since`: when one last did, or when the watch began where it `never` did. `cause`
    says what kept it from answering, None where that is not clear; `listened` whether somebody listens at its ports, where that can be
    seen."""

    since: datetime
    never: bool
    reason: str
    cause: Cause | None = None
    listened: bool | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """All that is known of the stack up to `now`: bounded series by (component, metric), events, and the files as they stand.

    `frames` are the series that came as blocks, for those who read many at once; `series` holds them too. `memo` keeps what was derived
    from the files from one window to the next, `looked` what was read of this one, which several detectors ask for. `silences` are the
    load balancers that do not answer now.
    """

    stack: Stack
    now: datetime
    series: Mapping[tuple[str, str], Series] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    topologies: tuple[Topology, ...] = ()
    needs: Needs = Needs()
    could_not: tuple[CouldNot, ...] = ()
    frames: tuple[Frame, ...] = ()
    silences: Mapping[str, Silence] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)
    looked: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def loose(self) -> Mapping[tuple[str, str], Series]:
        """The series that did not come as blocks."""
        return self.series.loose if isinstance(self.series, AllSeries) else self.series

    @property
    def now_seconds(self) -> float:
        """`now` in epoch seconds: each detector asks for it several times."""
        kept: tuple[datetime, float] | None = self.looked.get("now")
        # A window that was made of this one with another end may share what was looked at.
        if kept is None or kept[0] is not self.now:
            kept = self.looked["now"] = self.now, self.now.timestamp()
        return kept[1]

    @property
    def first_second(self) -> float:
        """Epoch seconds of the oldest sample, those of `now` where there is none."""

        def oldest() -> float:
            return min((float(s.seconds[0]) for s in self.series.values() if len(s.seconds)), default=self.now.timestamp())

        return self.memo.of("first second", (self.series, self.now), oldest)

    @property
    def loose_metrics(self) -> frozenset[str]:
        """What any of those series measures."""
        loose = self.loose
        return self.memo.of("loose metrics", (loose,), lambda: frozenset(metric for _, metric in loose))

    @property
    def measured(self) -> frozenset[str]:
        """What any series measures. Most of what detectors ask for belongs to another product."""
        found: frozenset[str] | None = self.looked.get("measured")
        if found is None:
            found = self.looked["measured"] = self.loose_metrics.union(*(frame.metrics for frame in self.frames))
        return found

    def get(self, component: str, metric: str) -> Series:
        """That series, an empty one if it was never measured."""
        series = self.series
        found = series.find((component, metric)) if isinstance(series, AllSeries) else series.get((component, metric))
        return EMPTY if found is None else found

    def recent(self, component: str, metric: str, seconds: float) -> Series:
        """The last `seconds` seconds of that series."""
        now = self.now_seconds
        return self.get(component, metric).between(now - seconds, now)

    def table(self, components: tuple[str, ...], metric: str, seconds: float) -> Table:
        """The last `seconds` seconds of one metric of many components at once, a column for each, all NaN for one never measured.

        Cheap where they came as blocks: hand over the same tuple of components each time, as blocks do.
        """
        if metric not in self.measured:
            return Table(np.empty(0), np.empty((0, len(components))))
        now = self.now_seconds
        for frame in self.frames:
            place = self.columns(frame, components) if metric in frame.metrics else None
            if place is not None and not any((components[i], metric) in self.series for i in place.missing):
                whole = frame.table(metric, now - seconds, now)
                return Table(whole.seconds, place.taken(whole.values))
        holds = any(metric in frame.metrics and self.columns(frame, components) is not None for frame in self.frames)
        if not holds and metric not in self.loose_metrics:
            return Table(np.empty(0), np.empty((0, len(components))))
        found = [self.recent(component, metric, seconds) for component in components]
        instants = np.unique(np.concatenate([series.seconds for series in found])) if found else np.empty(0)
        values = np.full((len(instants), len(found)), np.nan)
        for place_of, series in enumerate(found):
            values[np.searchsorted(instants, series.seconds), place_of] = series.values
        return Table(instants, values)

    def columns(self, frame: Frame, components: tuple[str, ...]) -> Place | None:
        """Where these components stand in a frame, None where it has none of them. Kept while both tuples are the same."""
        known: dict[int, tuple[tuple[str, ...], Place | None]] = self.memo.of(("places", id(frame.metrics)), (frame.components,), dict)
        found = known.get(id(components))
        if found is None or found[0] is not components:
            if len(known) >= MOST_TUPLES:
                known.clear()
            found = known[id(components)] = components, frame.place(components)
        return found[1]

    def metrics(self, component: str) -> Iterable[str]:
        """The metrics measured of that component."""
        return (m for c, m in self.series if c == component)
