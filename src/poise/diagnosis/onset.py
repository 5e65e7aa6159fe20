"""When the trouble began and ended, estimated from many series at once: nobody tells a diagnosis its onset.

The series of each (kind of component, metric) are reduced to two rows on a grid of one second (`reduced`), which are searched for the split
that gains most over "nothing changed". An onset told 60 s late costs rankings most of their accuracy, so the split is walked back to the
first second that stands out of what was normal before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.matrices import matrices_of
from poise.diagnosis.reduced import reduced
from poise.model.sample import Window

Grid = NDArray[np.float64]

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
    start = max(matrices_of(window).first_second, finish - LONGEST)
    step = _step(window)
    grid = np.arange(start, finish + 0.5, step)
    if len(grid) < 6:
        return None
    rows = reduced(window, grid)
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
    matrices = matrices_of(window)
    apart = []
    for kind in ("client", "server", "application"):
        for component in window.stack.of_kind(kind)[:4]:
            for metric in ("requests_total", "success_ratio", "in_flight"):
                place = matrices.place(component.name, metric)
                if place is not None and len(seconds := place[0].seconds[-SPACED:]) > 3:
                    apart.append(float(seconds[-1] - seconds[0]) / (len(seconds) - 1))
    return sorted(apart)[len(apart) // 2] if apart else 1.0


def _step(window: Window) -> float:
    """One second; of very many servers as far apart as their samples are, for nothing is known between two looks."""
    return max(1.0, round(spacing(window))) if len(window.stack.of_kind("server")) > MANY else 1.0


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
