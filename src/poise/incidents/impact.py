"""What clients lost, by arithmetic over what the client measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from poise.model.incident import Impact
from poise.model.needs import Objectives
from poise.model.sample import Series, Window

# A client that reports nothing for longer is not measured; its last word is not stretched over the hole.
STALE_SECONDS = 30.0
UNDECLARED = Objectives()
# What is older than this is counted for good, well before the history forgets it; until then late samples and a corrected start count.
SETTLE_AFTER = timedelta(minutes=10)
# One part a minute at most: a week is 10,080 of them.
PART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Harm:
    """The client's figures between two instants. Requests are whole numbers by rounding once, at the end; ratios 0–1; None: not measured.

    `measured_seconds` is how long the client was measured; `below_availability_seconds` and `above_latency_seconds` how long its figures
    broke the objectives, None where no objective is declared.
    """

    seconds: float
    measured_seconds: float
    requests: int | None
    requests_failed: int | None
    share_failed: float | None
    worst_success_ratio: float | None
    worst_p99_ms: float | None
    below_availability_seconds: float | None
    above_latency_seconds: float | None


def harm(window: Window, start: datetime, end: datetime, objectives: Objectives = UNDECLARED, client: str = "client") -> Harm:
    """Harm between `start` and `end`. A sample at t speaks of the time since the sample before it, at most STALE_SECONDS of it."""
    return _rounded((_part(window, start, end, objectives, client),), start, end)


class Toll:
    """Harm of an incident that may last longer than the history: parts are counted before their samples are forgotten."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def settle(self, window: Window, start: datetime, objectives: Objectives = UNDECLARED, client: str = "client") -> None:
        """Count what lies between the incident's `start` (or what was counted before) and SETTLE_AFTER ago."""
        since = self._parts[-1].end if self._parts else start
        until = window.now - SETTLE_AFTER
        if until - since >= PART:
            self._parts.append(_part(window, since, until, objectives, client))

    def harm(self, window: Window, start: datetime, end: datetime, objectives: Objectives = UNDECLARED, client: str = "client") -> Harm:
        """All of it between `start` and `end`: what was counted, and what the window still holds. A part that was counted counts whole."""
        counted = [p for p in self._parts if p.end > start and p.start < end]
        since = counted[-1].end if counted else start
        before = [_part(window, start, counted[0].start, objectives, client)] if counted and start < counted[0].start else []
        rest = [_part(window, since, end, objectives, client)] if since < end else []
        return _rounded((*before, *counted, *rest), start, end)


@dataclass(frozen=True, slots=True)
class _Part:
    """Harm between two instants, not rounded yet."""

    start: datetime
    end: datetime
    measured: float
    arrived: float | None
    lost: float | None
    worst_ratio: float | None
    worst_p99: float | None
    below: float | None
    above: float | None


def _rounded(parts: Sequence[_Part], start: datetime, end: datetime) -> Harm:
    arrived, lost = _sum(p.arrived for p in parts), _sum(p.lost for p in parts)
    return Harm(
        seconds=(end - start).total_seconds(),
        measured_seconds=sum(p.measured for p in parts),
        requests=None if arrived is None else round(arrived),
        requests_failed=None if lost is None else round(lost),
        share_failed=lost / arrived if arrived and lost is not None else None,
        worst_success_ratio=min((p.worst_ratio for p in parts if p.worst_ratio is not None), default=None),
        worst_p99_ms=max((p.worst_p99 for p in parts if p.worst_p99 is not None), default=None),
        below_availability_seconds=_sum(p.below for p in parts),
        above_latency_seconds=_sum(p.above for p in parts),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _part(window: Window, start: datetime, end: datetime, objectives: Objectives, client: str) -> _Part:
    rate, success = window.get(client, "requests_per_second"), window.get(client, "success_ratio")
    p99 = window.get(client, "p99_ms")
    low, high = start.timestamp(), end.timestamp()
    moments = np.unique(success.seconds[np.isfinite(success.values)])
    spans = _spans(moments, low, high)
    ratio = np.clip(_held(success, moments), 0.0, 1.0)
    measured = float(spans.sum())
    total = lost = None
    if measured > 0 and len(rate.seconds):
        arrived = np.nan_to_num(_held(rate, moments)).clip(min=0.0) * spans
        total, lost = float(arrived.sum()), float((arrived * (1 - ratio)).sum())
    inside = spans > 0
    slow_moments = np.unique(p99.seconds[np.isfinite(p99.values)])
    slow_spans = _spans(slow_moments, low, high)
    slow = _held(p99, slow_moments)
    available, latency = objectives.availability, objectives.latency_p99_ms
    return _Part(
        start,
        end,
        measured,
        total,
        lost,
        worst_ratio=float(ratio[inside].min()) if inside.any() else None,
        worst_p99=float(slow[slow_spans > 0].max()) if (slow_spans > 0).any() else None,
        below=None if available is None else float(spans[ratio < available].sum()),
        above=None if latency is None else float(slow_spans[slow > latency].sum()),
    )


def impact(measured: Harm, cost_per_minute: float | None = None) -> Impact:
    """The incident's impact: cost = cost per minute of a full outage × minutes that were measured × share of requests that failed then.

    What was not measured costs nothing here: a share of twenty minutes says nothing of the four hours before them.
    """
    share = measured.share_failed
    minutes = min(measured.measured_seconds, measured.seconds) / 60
    cost = None if cost_per_minute is None or share is None else round(cost_per_minute * minutes * share, 2)
    return Impact(measured.requests_failed, share, None, cost)


def _spans(moments: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Seconds that each sample speaks for, inside low..high. The first one speaks for as long as the usual one does."""
    if not len(moments):
        return np.empty(0)
    usual = float(np.median(np.diff(moments))) if len(moments) > 1 else 1.0
    begins = np.maximum(np.concatenate(([moments[0] - usual], moments[:-1])), moments - STALE_SECONDS)
    spans: NDArray[np.float64] = np.clip(np.minimum(moments, high) - np.maximum(begins, low), 0.0, None)
    return spans


def _held(series: Series, moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """The series' value at each moment: the newest at or before it, else the first one."""
    good = np.isfinite(series.values)
    seconds, values = series.seconds[good], series.values[good]
    if not len(values):
        return np.full(len(moments), np.nan)
    held: NDArray[np.float64] = np.take(values, np.searchsorted(seconds, moments, side="right") - 1, mode="clip")
    return held
