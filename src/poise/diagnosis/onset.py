"""When the trouble began and ended, estimated from many series at once: nobody tells a diagnosis its onset.

The series of each (kind of component, metric) are reduced to their middle and their upper extreme over the components on a grid of one
second, compressed by log2(1 + x / floor) so that a metric with a wild tail cannot outvote the others, and searched for the split that
gains most over "nothing changed". An onset told 60 s late costs rankings most of their accuracy, so the split is walked back to the
first second that stands out of what was normal before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.model.sample import ComponentKind, Series, Window

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
LONGEST = 900
# More servers than this are dated on a grid as coarse as their samples are.
MANY = 400
# Gain of a split in units of noise: with 50 series of 900 points pure noise stays below 20 in simulation (tests/diagnosis).
LEAST_GAIN = 30.0
LEAST_NOISE = 0.25
STANDS_OUT = 3.0
STEADY_SECONDS = 7
STEADY_SAMPLES = 4
SPACED = 60
WANDERS = 0.6
START_UP = 10


@dataclass(frozen=True, slots=True)
class Span:
    """The trouble's `start` and `end` in epoch seconds; `end` is None while it lasts."""

    start: float
    end: float | None


def find(window: Window) -> Span | None:
    """The largest lasting change of the window, None if there is none. Pure; 100 servers × 15 min in some tens of milliseconds."""
    finish = window.now.timestamp()
    first = window.first_second
    start = max(first, finish - LONGEST)
    step = _step(window)
    grid = np.arange(start, finish + 0.5, step)
    if len(grid) < 6:
        return None
    rows = np.array(list(_rows(window, grid)))
    if not len(rows):
        return None
    steady = _steadied(rows, int(STEADY_SAMPLES * spacing(window) / step)) / _noise(rows)
    split = _first(steady)
    if split is None:
        return None
    end: int | None = None
    if _recovers(steady, 0, split) and (earlier := _split(steady[:, :split])) is not None:
        end, split = split, earlier
    onset = _walk_back(rows, split)
    if end is None and (later := _split(steady[:, onset:])) is not None and _recovers(steady, onset, onset + later):
        end = onset + later
    return Span(float(grid[onset]), None if end is None else float(grid[end]))


def spacing(window: Window) -> float:
    """Seconds between two samples of a series, the middle of some series of every kind of component; 1 where nothing tells."""
    apart = []
    for kind in ("client", "server", "application"):
        for component in window.stack.of_kind(kind)[:4]:
            for metric in ("requests_total", "success_ratio", "in_flight"):
                seconds = window.get(component.name, metric).seconds[-SPACED:]
                if len(seconds) > 3:
                    apart.append(float(seconds[-1] - seconds[0]) / (len(seconds) - 1))
    return sorted(apart)[len(apart) // 2] if apart else 1.0


def _step(window: Window) -> float:
    """One second; of very many servers as far apart as their samples are, for nothing is known between two looks."""
    return max(1.0, round(spacing(window))) if len(window.stack.of_kind("server")) > MANY else 1.0


def _rows(window: Window, grid: Grid) -> Iterable[Grid]:
    for kind in {**LEVELS, **COUNTERS}:
        names = [c.name for c in window.stack.of_kind(kind)]
        for metric, floor in LEVELS.get(kind, {}).items():
            yield from _reduced([window.get(n, metric) for n in names], grid, floor, counter=False, low=metric in {"success_ratio", "up"})
        for metric, floor in COUNTERS.get(kind, {}).items():
            yield from _reduced([window.get(n, metric) for n in names], grid, floor, counter=True, low=False)


def _reduced(series: list[Series], grid: Grid, floor: float, counter: bool, low: bool) -> Iterable[Grid]:
    known = [s for s in series if len(s.values) > 3]
    if not known:
        return
    table = _on_grid(known, grid, counter)
    compressed = np.log2(1 + np.abs(table) / floor)
    extreme = compressed.min(axis=0) if low else compressed.max(axis=0)
    if np.ptp(extreme) > 0:
        yield extreme
    if len(known) > 2 and np.ptp(middle := np.median(compressed, axis=0)) > 0:
        yield middle


def _on_grid(series: Sequence[Series], grid: Grid, counter: bool) -> Grid:
    """Rows of the last value known at each second, of counters the rise over three seconds, for single events of a slow probe would look
    like noise. Series of one scrape share their instants, so the places are sought once for them."""
    places: list[tuple[Grid, NDArray[np.intp]]] = []
    table = np.empty((len(series), len(grid)))
    for row, each in enumerate(series):
        if counter:
            table[row] = _rises(each, grid)
            continue
        where = next((w for seconds, w in places if seconds is each.seconds or np.array_equal(seconds, each.seconds)), None)
        if where is None:
            where = np.clip(np.searchsorted(each.seconds, grid + 0.5, side="right") - 1, 0, len(each.values) - 1)
            places = [*places[-3:], (each.seconds, where)]
        table[row] = each.values[where]
    np.nan_to_num(table, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return table


def _rises(series: Series, grid: Grid) -> Grid:
    """What the counter rose in the three seconds up to each of the grid: between two samples as if evenly, before the first as after it."""
    total = np.concatenate([[0.0], np.cumsum(np.maximum(np.nan_to_num(np.diff(series.values)), 0.0))])
    at = np.interp(grid, series.seconds, total)
    lag = max(1, round(3.0 / float(grid[1] - grid[0])))
    rises = np.empty_like(at)
    rises[lag:] = at[lag:] - at[:-lag]
    rises[:lag] = rises[lag]
    first = int(np.searchsorted(grid, series.seconds[0] + 3.0))
    if 0 < first < len(grid):
        rises[:first] = rises[first]
    last = int(np.searchsorted(grid, series.seconds[-1], side="right"))
    if 0 < last < len(grid):
        rises[last:] = rises[last - 1]
    return np.asarray(rises)


def _steadied(rows: Grid, places: int) -> Grid:
    """The running median over so many places: one slow sample, or one lost packet whose sum spans three seconds, is no change of the
    service."""
    half = max(places, STEADY_SECONDS) // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="edge")
    seen = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=1), axis=2)
    return np.asarray(seen[:, :, half])


def _noise(rows: Grid) -> Grid:
    """Scale of each row: from its own steps, which one jump does not move, and from how far it wanders, for queues wander slowly."""
    steps = np.abs(np.diff(rows, axis=1))
    strays = np.abs(rows - np.median(rows, axis=1, keepdims=True))
    wanders = WANDERS * 1.4826 * np.median(strays, axis=1)
    return np.asarray(np.maximum(np.maximum(1.4826 * np.quantile(steps, 0.6, axis=1), wanders), LEAST_NOISE))[:, None]


def _first(steady: Grid) -> int | None:
    """The split; where it lies in the first seconds, the next one if there is any: whoever looks begins with empty counters, and with
    clients that have only begun."""
    split = _split(steady)
    if split is None or split > START_UP or steady.shape[1] - split < 2 * START_UP:
        return split
    later = _split(steady[:, split:])
    return split if later is None else split + later


def _split(rows: Grid) -> int | None:
    """The index where the summed, compressed gain of two levels over one is largest, None below the least gain."""
    count = rows.shape[1]
    if count < 6:
        return None
    left = np.cumsum(rows, axis=1)[:, :-1]
    sizes = np.arange(1, count)
    apart = left / sizes - (rows.sum(axis=1, keepdims=True) - left) / (count - sizes)
    gain = sizes * (count - sizes) / count * apart**2
    best = gain.max(axis=1)
    # Each row votes with the log of its gain, spread as its own gain falls off from its best split.
    votes = np.log2(1 + best)[:, None] * gain / np.maximum(best, 1e-9)[:, None]
    votes[best < LEAST_GAIN] = 0
    total = votes.sum(axis=0)
    if total.max() <= 0:
        return None
    return int(np.argmax(total[2:])) + 3 if count > 6 else int(np.argmax(total)) + 1


def _recovers(rows: Grid, onset: int, split: int) -> bool:
    """Whether the rows fall back to quiet at the split rather than leave it: most of the moved rows are then nearer to how they were
    before `onset` (at their beginning where that is 0) than to how they were just before the split."""
    quiet = np.median(rows[:, : onset or max(3, min(10, split // 3))], axis=1)
    before, after = np.median(rows[:, max(onset, split - 10) : split], axis=1), np.median(rows[:, split:], axis=1)
    moved = np.abs(before - after) > STANDS_OUT
    back = np.abs(after - quiet) < np.abs(before - quiet)
    return bool(moved.any() and back[moved].mean() > 0.6)


def _walk_back(rows: Grid, split: int) -> int:
    """The first second, connected with the split by gaps of at most 5 s, in which some row stands out of its normal."""
    quiet = max(3, split - 8) if split > 15 else max(2, split // 2)
    normal = np.median(rows[:, :quiet], axis=1, keepdims=True)
    spread = 1.4826 * np.median(np.abs(rows[:, :quiet] - normal), axis=1, keepdims=True)
    far = np.quantile(np.abs(rows[:, :quiet] - normal), 0.98, axis=1, keepdims=True)
    out: NDArray[np.bool_] = np.array(np.abs(rows - normal) > np.maximum(np.maximum(STANDS_OUT * spread, 1.5 * far), 0.9))
    out[:, :-1] &= out[:, 1:]
    any_out: NDArray[np.bool_] = np.array(out.any(axis=0))
    onset, gap = split, 0
    # Of a short normal little is known: noise must not walk the onset far.
    furthest = min(120, split // 4) if split <= 15 else 120
    for index in range(min(split, rows.shape[1] - 1), max(0, split - furthest - 1), -1):
        if any_out[index]:
            onset, gap = index, 0
        elif (gap := gap + 1) > 5:
            break
    return onset
