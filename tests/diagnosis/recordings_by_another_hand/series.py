"""From instants to series: counters, gauges and means at the poller's instants. NaN means no sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def counter(times: Array, polls: Array) -> Array:
    """How many of the instants lie at or before each poll."""
    times = np.sort(times[~np.isnan(times)])
    return np.searchsorted(times, polls, side="right").astype(float)


def gauge(starts: Array, ends: Array, polls: Array) -> Array:
    """How many spans are open at each poll; an end of NaN is still open."""
    known = ~np.isnan(starts)
    starts, ends = starts[known], np.where(np.isnan(ends[known]), np.inf, ends[known])
    return counter(starts, polls) - np.searchsorted(np.sort(ends), polls, side="right")


def busy(starts: Array, ends: Array, polls: Array) -> Array:
    """Mean of the gauge over each interval, from finer instants (CPU is an average, not a snapshot)."""
    step = float(polls[1] - polls[0]) if polls.size > 1 else 1.0
    return np.mean([gauge(starts, ends, polls - step * part / 8) for part in range(8)], axis=0)


def mean(times: Array, values: Array, polls: Array) -> Array:
    """Mean of the values whose instants fall into the interval that ends at each poll."""
    known = ~(np.isnan(times) | np.isnan(values))
    times, values = times[known], values[known]
    order = np.argsort(times)
    sums = np.concatenate([[0.0], np.cumsum(values[order])])
    at = np.searchsorted(times[order], polls, side="right")
    step = float(polls[1] - polls[0]) if polls.size > 1 else 1.0
    before = np.concatenate([[np.searchsorted(times[order], polls[0] - step, side="right")], at[:-1]])
    count = at - before
    return np.where(count > 0, (sums[at] - sums[before]) / np.maximum(count, 1), np.nan)


def sliding(times: Array, values: Array, polls: Array, reset: float | None, window: int = 512) -> Array:
    """HAProxy's rtime and qtime: an exponential mean over the last 512 requests, begun anew by a reload."""
    known = ~(np.isnan(times) | np.isnan(values))
    order = np.argsort(times[known])
    instants, given = times[known][order], values[known][order]
    value, seen, track = float(np.mean(given[:200])) if given.size else 0.0, window, [0.0]
    track[0] = value
    for at, new in zip(instants.tolist(), given.tolist(), strict=True):
        if reset is not None and at >= reset:
            seen, value, reset = 0, 0.0, None
        seen = min(seen + 1, window)
        value += (new - value) / seen
        track.append(value)
    return np.array(track)[np.searchsorted(instants, polls, side="right")]


def step(history: Sequence[tuple[float, float]], polls: Array) -> Array:
    """The value in force at each poll."""
    times = np.array([at for at, _ in history])
    values = np.array([value for _, value in history], dtype=float)
    return values[np.maximum(np.searchsorted(times, polls, side="right") - 1, 0)]


def from_anywhere(counts: Array, polls: Array, start: int, reset: float | None = None) -> Array:
    """A counter that began before the recording, and once more at a reset."""
    values = counts - counts[0] + start
    if reset is None:
        return values
    at_reset = np.interp(reset, polls, counts)
    return np.where(polls > reset, np.maximum(0.0, np.round(counts - at_reset)), values)


def percentiles(times: Array, values: Array, polls: Array, which: Sequence[float]) -> list[Array]:
    """Percentiles of each interval."""
    order = np.argsort(times)
    times, values = times[order], values[order]
    at = np.searchsorted(times, polls, side="right")
    span = float(polls[1] - polls[0])
    before = np.concatenate([[np.searchsorted(times, polls[0] - span, side="right")], at[:-1]])
    rows = [np.percentile(values[a:b], which) if b > a else np.full(len(which), np.nan) for a, b in zip(before, at, strict=True)]
    return list(np.array(rows).T)
