"""What clients lost, by arithmetic over what the client measured."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from poise.incidents.durations import durations
from poise.model.incident import Impact, Incident, TimeName
from poise.model.needs import Objectives
from poise.model.sample import Series, Window

# A client that reports nothing for longer is not measured; its last word is not stretched over the hole.
STALE_SECONDS = 30.0
UNDECLARED = Objectives()


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
    rate, success = window.get(client, "requests_per_second"), window.get(client, "success_ratio")
    p99 = window.get(client, "p99_ms")
    low, high = start.timestamp(), end.timestamp()
    moments = np.unique(success.seconds[np.isfinite(success.values)])
    spans = _spans(moments, low, high)
    ratio = np.clip(_held(success, moments), 0.0, 1.0)
    measured = float(spans.sum())
    requests = failed = share = None
    if measured > 0 and len(rate.seconds):
        arrived = np.nan_to_num(_held(rate, moments)).clip(min=0.0) * spans
        total, lost = float(arrived.sum()), float((arrived * (1 - ratio)).sum())
        requests, failed = round(total), round(lost)
        share = lost / total if total > 0 else None
    inside = spans > 0
    slow_moments = np.unique(p99.seconds[np.isfinite(p99.values)])
    slow_spans = _spans(slow_moments, low, high)
    slow = _held(p99, slow_moments)
    available, latency = objectives.availability, objectives.latency_p99_ms
    return Harm(
        seconds=(end - start).total_seconds(),
        measured_seconds=measured,
        requests=requests,
        requests_failed=failed,
        share_failed=share,
        worst_success_ratio=float(ratio[inside].min()) if inside.any() else None,
        worst_p99_ms=float(slow[slow_spans > 0].max()) if (slow_spans > 0).any() else None,
        below_availability_seconds=None if available is None else float(spans[ratio < available].sum()),
        above_latency_seconds=None if latency is None else float(slow_spans[slow > latency].sum()),
    )


def measure(window: Window, incident: Incident) -> Impact:
    """The impact between the incident's start (else its detection) and its mitigation (else restoration, else the window's end).

    The cost is that of the pool whose minute costs most. What the incident knows and the client cannot measure is kept.
    """
    times = incident.times
    ends: tuple[TimeName, ...] = ("mitigated", "resolved")
    start = durations(incident).start
    if start is None:
        return incident.impact
    end = next((times[n].at for n in ends if n in times), window.now)
    costs = [p.cost_per_minute for p in window.needs.pool.values() if p.cost_per_minute is not None]
    measured = impact(window, min(start, end), end, max(costs, default=None))
    return replace(measured, clients=incident.impact.clients)


def impact(window: Window, start: datetime, end: datetime, cost_per_minute: float | None = None, client: str = "client") -> Impact:
    """The incident's impact: cost = cost per minute of a full outage × minutes × share of requests that failed."""
    measured = harm(window, start, end, client=client)
    share = measured.share_failed
    cost = None if cost_per_minute is None or share is None else round(cost_per_minute * measured.seconds / 60 * share, 2)
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
