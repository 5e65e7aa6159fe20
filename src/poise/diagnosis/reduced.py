"""What all components of a kind did at each second, as two rows a metric: their middle and their extreme.

Compressed by log2(1 + x / floor), so that a metric with a wild tail cannot outvote the others. That rises with x, so the middle and the
extreme are sought first and only they are compressed.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.matrices import Matrix, matrices_of
from poise.model.sample import ComponentKind, Window

Grid = NDArray[np.float64]

# Floors under which a difference is no difference, in the metric's unit. Metrics not listed do not date an incident.
LEVELS: Mapping[ComponentKind, Mapping[str, float]] = {
    "client": {"success_ratio": 0.02, "p50_ms": 20.0, "p99_ms": 60.0, "requests_per_second": 10.0},
    "listener": {"accept_queue": 1.0},
    "pool": {"queue": 1.0},
    "server": {"weight": 0.5, "up": 0.2, "maintenance": 0.2, "in_flight": 2.0, "queue": 1.0, "response_ms": 20.0},
    "application": {"in_flight": 1.0, "queue": 1.0, "response_ms": 20.0, "database_ms": 10.0},
    "database": {"active": 2.0, "lock_waits": 0.5, "statement_ms": 2.0, "connections": 4.0},
    "hop": {"connect_ms": 5.0, "ping_ms": 5.0},
}
COUNTERS: Mapping[ComponentKind, Mapping[str, float]] = {
    "server": {"responses_5xx_total": 1.0, "requests_total": 5.0, "connection_errors_total": 1.0, "redispatches_total": 1.0},
    "hop": {"retransmits_total": 0.4, "connect_failures_total": 0.4},
}
# Series of fewer samples date nothing.
LEAST_SAMPLES = 4
LOWEST = frozenset({"success_ratio", "up"})


def reduced(window: Window, grid: Grid) -> Grid:
    """Rows of compressed figures at the instants of `grid` (epoch seconds, evenly apart); those that never change are left out. Pure."""
    matrices = matrices_of(window)
    places: dict[int, NDArray[np.intp] | slice] = {}
    rows: list[Grid] = []
    for kind in {**LEVELS, **COUNTERS}:
        for metric, floor in LEVELS.get(kind, {}).items():
            known = _known(matrices.of(kind, metric))
            rows += _two([_levels(matrix, grid, places) for matrix in known], floor, metric in LOWEST)
        for metric, floor in COUNTERS.get(kind, {}).items():
            known = _known(matrices.of(kind, metric))
            rows += _two([_rises(matrix, grid) for matrix in known], floor, low=False)
    return np.array(rows)


def _known(matrices: Iterable[Matrix]) -> list[Matrix]:
    return [m for m in matrices if len(m.seconds) >= LEAST_SAMPLES]


def _two(tables: Sequence[Grid], floor: float, low: bool) -> Iterable[Grid]:
    """The extreme and, of more than two components, the middle of all rows of these tables, each compressed."""
    if not tables:
        return
    extreme = _compressed(np.array([t.min(axis=0) if low else t.max(axis=0) for t in tables]), floor)
    extreme = extreme.min(axis=0) if low else extreme.max(axis=0)
    if np.ptp(extreme) > 0:
        yield extreme
    count = sum(map(len, tables))
    if count < 3:
        return
    if _stands_still(tables, count):
        return
    columns = np.ascontiguousarray((tables[0] if len(tables) == 1 else np.concatenate(tables)).T)
    first, second = (count - 1) // 2, count // 2
    columns.partition([first, second] if first != second else first, axis=1)
    middle = _compressed(columns[:, first], floor)
    if first != second:
        middle = (middle + _compressed(columns[:, second], floor)) / 2
    if np.ptp(middle) > 0:
        yield middle


def _stands_still(tables: Sequence[Grid], count: int) -> bool:
    """Whether more than half of all rows are one and the same figure throughout, which is then the middle: most metrics of most fleets."""
    still: dict[float, int] = {}
    for table in tables:
        level = table[:, 0]
        for each in level[(table == level[:, None]).all(axis=1)].tolist():
            still[each] = still.get(each, 0) + 1
    return max(still.values(), default=0) > count // 2 + 1


def _compressed(values: Grid, floor: float) -> Grid:
    return np.asarray(np.log2(1 + values / floor))


def _finite(values: Grid) -> Grid:
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _levels(matrix: Matrix, grid: Grid, places: dict[int, NDArray[np.intp] | slice]) -> Grid:
    """How far from zero the last value known at each instant is. `places` keeps where each clock stands at each."""
    where = places.get(id(matrix.seconds))
    if where is None:
        last = np.searchsorted(matrix.seconds, grid + 0.5, side="right") - 1
        at = np.clip(last, 0, len(matrix.seconds) - 1)
        steady = bool((np.diff(at) == 1).all())
        where = places[id(matrix.seconds)] = slice(int(at[0]), int(at[-1]) + 1) if steady else at
    return np.asarray(np.abs(_finite(matrix.values[:, where])))


def _rises(matrix: Matrix, grid: Grid) -> Grid:
    """What each counter rose in the three seconds up to each instant: between two samples as if evenly, before the first as after it. In
    one second the single events of a slow probe would look like noise."""
    seconds = matrix.seconds
    steps = np.maximum(_finite(np.diff(matrix.values, axis=1)), 0.0)
    if not steps.any():
        return np.zeros((len(matrix.names), len(grid)))
    total = np.zeros((len(matrix.names), len(seconds)))
    np.cumsum(steps, axis=1, out=total[:, 1:])
    at = _between(total, steps, seconds, grid)
    lag = max(1, round(3.0 / float(grid[1] - grid[0])))
    rises = np.empty_like(at)
    np.subtract(at[:, lag:], at[:, :-lag], out=rises[:, lag:])
    rises[:, :lag] = rises[:, lag : lag + 1]
    first = int(np.searchsorted(grid, seconds[0] + 3.0))
    if 0 < first < len(grid):
        rises[:, :first] = rises[:, first : first + 1]
    last = int(np.searchsorted(grid, seconds[-1], side="right"))
    if 0 < last < len(grid):
        rises[:, last:] = rises[:, last - 1 : last]
    return np.asarray(np.abs(rises, out=rises))


def _between(total: Grid, steps: Grid, seconds: Grid, grid: Grid) -> Grid:
    """Each row of totals at the instants of the grid, on straight lines between its samples and level beyond them, as `numpy.interp`."""
    place = np.searchsorted(seconds, grid, side="right") - 1
    inside = np.clip(place, 0, len(seconds) - 2)
    apart = np.diff(seconds)[inside]
    since = np.where((place < 0) | (apart <= 0), 0.0, grid - seconds[inside])
    at = total[:, inside]
    if since.any():
        at = at + steps[:, inside] / np.where(apart > 0, apart, 1.0) * since
    beyond = place >= len(seconds) - 1
    at[:, beyond] = total[:, -1:]
    return np.asarray(at)
