"""Every series of a window as matrices: one for each kind of component, metric and clock, a row for each component.

A diagnosis asks the same few figures of thousands of series. Asked of one after the other, nine tenths of the time goes into the asking;
asked of a matrix, it goes into the figures. A clock is an array of instants: series of one scrape share it, and all that is worked out
from it is worked out once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from poise.model.frame import Frame
from poise.model.sample import ComponentKind, Window

Floats = NDArray[np.float64]
Kind = ComponentKind | None
# Of this many series with one clock the rest says nothing new about when anybody was heard.
MOST_OF_A_CLOCK = 4


class Matrix:
    """One metric of k components that were measured at the same n instants: `names` (k), `seconds` (n, ascending, since the epoch) and
    `values` (k × n, in the metric's unit; never empty)."""

    __slots__ = ("_rows", "_values", "names", "seconds")

    def __init__(self, names: Sequence[str], seconds: Floats, rows: Sequence[Floats] | Floats) -> None:
        self.names, self.seconds = names, seconds
        self._rows = rows
        self._values: Floats | None = rows if isinstance(rows, np.ndarray) else None

    @property
    def values(self) -> Floats:
        """The matrix, put together when first asked for."""
        if self._values is None:
            self._values = np.concatenate(self._rows).reshape(len(self.names), len(self.seconds))
            self._rows = ()
        return self._values

    def row(self, number: int) -> Floats:
        """The values of one component."""
        return self.values[number] if self._values is not None else self._rows[number]


@dataclass(slots=True)
class Clock:
    """The instants of some series, and the places of the first few of them among all series."""

    seconds: Floats
    places: list[int]


@dataclass(slots=True)
class Heard:
    """Of whom anything was measured (`names`), by which clocks, for each kind of component, and the oldest instant (None: nothing)."""

    names: set[str] = field(default_factory=set)
    clocks: dict[Kind, dict[int, Clock]] = field(default_factory=dict)

    @property
    def oldest(self) -> float | None:
        """Epoch seconds of the oldest sample of all."""
        return min((float(c.seconds[0]) for known in self.clocks.values() for c in known.values()), default=None)

    def of_kinds(self, kinds: Iterable[ComponentKind]) -> Iterator[Clock]:
        """The clocks of components of these kinds."""
        for kind in kinds:
            yield from self.clocks.get(kind, {}).values()

    def clock(self, kind: Kind, seconds: Floats) -> Clock:
        """The clock of a series of that kind, measured then; a new one has no places yet."""
        known = self.clocks.setdefault(kind, {})
        clock = known.get(id(seconds))
        if clock is None:
            clock = known[id(seconds)] = Clock(seconds, [])
        return clock


class Matrices:
    """The series of one window; each matrix is made when it is first asked for."""

    __slots__ = ("_clocks", "_heard", "_made", "_metrics", "_names", "_places", "window")

    def __init__(self, window: Window) -> None:
        # Its tables hold this: without a circle all of it goes when the diagnosis ends, and not when memory is next looked through for such
        # circles, which in a watch of a hundred load balancers is seldom.
        self.window = replace(window, looked={})
        self._metrics = window.loose_metrics
        self._names: dict[Kind, tuple[str, ...]] = {}
        self._made: dict[tuple[Kind, str], tuple[Matrix, ...]] = {}
        self._places: dict[tuple[Kind, str], dict[str, tuple[Matrix, int]]] = {}
        self._clocks: dict[tuple[int, float, float], list[Floats]] = {}
        self._heard: Heard | None = None

    def of(self, kind: ComponentKind, metric: str) -> tuple[Matrix, ...]:
        """That metric of all components of that kind of which it was measured, in the stack's order within each matrix."""
        found = self._made.get((kind, metric))
        if found is None:
            found = self._made[kind, metric] = tuple(self._make(self.names(kind), metric))
        return found

    def names(self, kind: ComponentKind) -> tuple[str, ...]:
        """The names of all components of that kind, in the stack's order."""
        names = self._names.get(kind)
        if names is None:
            names = self._names[kind] = tuple(dict.fromkeys(c.name for c in self.window.stack.of_kind(kind)))
        return names

    def place(self, name: str, metric: str) -> tuple[Matrix, int] | None:
        """The matrix and the row that hold this series, None where it was never measured."""
        kind = self.window.stack.kinds.get(name)
        key = kind, metric
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = {}
            for matrix in self.of(kind, metric) if kind is not None else ():
                places |= {each: (matrix, row) for row, each in enumerate(matrix.names)}
        if kind is None and name not in places:
            # The stack does not know it: no peers to stand beside.
            for matrix in self._make((name,), metric):
                places[name] = matrix, 0
        return places.get(name)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What any series measures, in alphabetical order."""
        return tuple(sorted(self._metrics.union(*(frame.metrics for frame in self.window.frames))))

    @property
    def heard(self) -> Heard:
        """Of whom anything was measured, and when."""
        if self._heard is None:
            self._heard = _heard(self.window)
        return self._heard

    @property
    def first_second(self) -> float:
        """Epoch seconds of the oldest sample, those of the window's `now` where there is none."""
        oldest = self.heard.oldest
        return self.window.now.timestamp() if oldest is None else oldest

    def _make(self, names: Sequence[str], metric: str) -> Iterator[Matrix]:
        loose = self.window.loose
        groups: dict[int, tuple[Floats, list[str], list[Floats]]] = {}
        if metric in self._metrics:
            for name in names:
                series = loose.get((name, metric))
                if series is None or not len(series.values):
                    continue
                group = groups.get(id(series.seconds))
                if group is None:
                    clock = self._clock(series.seconds)
                    group = groups.get(id(clock)) or (clock, [], [])
                    groups[id(series.seconds)] = groups[id(clock)] = group
                group[1].append(name)
                group[2].append(series.values)
        made = list({id(members): (clock, members, rows) for clock, members, rows in groups.values()}.values())
        for clock, members, rows in made:
            yield Matrix(members, clock, rows)
        if self.window.frames:
            told = {name for _, members, _ in made for name in members}
            for frame in self.window.frames:
                for matrix in _of_frame(frame, [n for n in names if n not in told], metric):
                    told.update(matrix.names)
                    yield matrix

    def _clock(self, seconds: Floats) -> Floats:
        """The same instants as an array that other series share."""
        alike = self._clocks.setdefault((len(seconds), float(seconds[0]), float(seconds[-1])), [])
        found = next((each for each in alike if each is seconds or np.array_equal(each, seconds)), None)
        if found is None:
            alike.append(seconds)
            return seconds
        return found


def matrices_of(window: Window) -> Matrices:
    """The matrices of that window: made once, for a diagnosis asks them in many places."""
    found: Matrices | None = window.looked.get("matrices")
    # Windows that differ only in their stack or their end may share what was looked at.
    if found is None or found.window.series is not window.series or found.window.stack is not window.stack:
        found = window.looked["matrices"] = Matrices(window)
    return found


def let_go(window: Window) -> None:
    """Drop what a diagnosis laid out of that window: copies of all its samples, 18 MB for 1,000 servers and 15 minutes at one look in
    10 s, which a watch of a hundred load balancers would keep until the next look at each."""
    window.looked.pop("matrices", None)


def _of_frame(frame: Frame, names: Sequence[str], metric: str) -> Iterator[Matrix]:
    """Rows of a frame. Components that were not measured at each of its instants have clocks of their own."""
    known = [n for n in names if n in frame.places] if metric in frame.metrics else []
    if not known or not len(frame.seconds):
        return
    whole = frame.table(metric, -np.inf, np.inf).values
    values = np.ascontiguousarray(whole[:, [frame.places[n] for n in known]].T)
    here = ~np.isnan(values)
    if here.all():
        yield Matrix(known, frame.seconds, values)
        return
    alike: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(here.any(axis=1)).tolist():
        alike.setdefault(here[row].tobytes(), []).append(row)
    for rows in alike.values():
        instants = here[rows[0]]
        yield Matrix([known[r] for r in rows], frame.seconds[instants], values[rows][:, instants])


def _heard(window: Window) -> Heard:
    heard, kinds = Heard(), window.stack.kinds
    before, kind = None, None
    clock: Clock | None = None
    place = -1
    for place, ((name, _), series) in enumerate(window.loose.items()):
        if not len(series.seconds):
            continue
        if name != before:
            before = name
            heard.names.add(name)
            if (new := kinds.get(name)) != kind:
                clock, kind = None, new
        if clock is None or clock.seconds is not series.seconds:
            clock = heard.clock(kind, series.seconds)
        if len(clock.places) < MOST_OF_A_CLOCK:
            clock.places.append(place)
    for frame in window.frames:
        if len(frame.seconds):
            measured = frame.seen >= frame.seconds[0]
            names = [name for name, here in zip(frame.components, measured.tolist(), strict=True) if here]
            heard.names.update(names)
            for each in {kinds.get(name) for name in names}:
                places = heard.clock(each, frame.seconds).places
                places += range(place + 1, place + 1 + MOST_OF_A_CLOCK - len(places))
    return heard
