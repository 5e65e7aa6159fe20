"""The figures of the incident's picture: shares against expected shares, errors and p99, thinned to what a screen can show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.balance.expected import wanted
from poise.incidents.durations import durations
from poise.model.incident import Incident
from poise.model.sample import Series, Window

POINTS = 150
# A hole in the samples is shown as a hole when it is longer than this and than two points.
HOLE_SECONDS = 5.0
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. Instants in epoch seconds; `at` are the middles of the points; each row of values has one value or None per point.

    `during` is the harm (start of the impact to its end). `mean_shares` are over the uneven part of it (a repair ends the
    unevenness before the queues are gone), `hot` the server furthest from its expected share.
    """

    start: float
    end: float
    at: tuple[float, ...]
    pool: str
    shares: Mapping[str, Values]
    expected: Mapping[str, float]
    declared: bool
    errors: Values
    p99: Values
    during: tuple[float, float]
    mean_shares: Mapping[str, float]
    hot: str | None


def picture(incident: Incident, window: Window, points: int = POINTS) -> Picture:
    """The figures between shortly before the incident and shortly after it; the whole window where the incident has no times."""
    start, end = _range(incident, window)
    # No finer than the samples: a point between two of them would draw stairs that nobody measured.
    edges = np.linspace(start, end, min(points, max(int((end - start) / _usual_step(window)), 20)) + 1)
    during = _during(incident, start, end)
    pool, servers = _pool(window, during)
    counters = {s: _cumulative(window.get(f"{pool}/{s}", "requests_total")) for s in servers}
    expected, declared = _expected(window, pool, servers)
    table = _increase_shares(counters, edges)
    uneven = _uneven_part(table, edges, during, [expected.get(s, 0.0) for s in servers])
    means = _increase_shares(counters, np.array(uneven))[:, 0] if servers else np.empty(0)
    mean_shares = {s: float(m) for s, m in zip(servers, means, strict=True) if np.isfinite(m)}
    far = {s: abs(share - expected.get(s, 0.0)) for s, share in mean_shares.items()}
    hot = max(far, key=lambda s: far[s], default=None)
    # Five points of a hundred: less is not seen in the picture and is what a fair split shows in short windows.
    hot = hot if hot is not None and far[hot] >= 0.05 else None
    return Picture(
        start=start,
        end=end,
        at=tuple(float(t) for t in (edges[:-1] + edges[1:]) / 2),
        pool=pool,
        shares={s: _values(row) for s, row in zip(servers, table, strict=True)},
        expected=expected,
        declared=declared,
        errors=_values(1 - _binned(window.get("client", "success_ratio"), edges, "mean")),
        p99=_values(_binned(window.get("client", "p99_ms"), edges, "max")),
        during=during,
        mean_shares=mean_shares,
        hot=hot,
    )


def _uneven_part(
    table: NDArray[np.float64], edges: NDArray[np.float64], during: tuple[float, float], expected: list[float]
) -> tuple[float, float]:
    """From the first to the last point inside the harm whose shares are at least half as far off as the worst point's."""
    inside = (edges[1:] > during[0]) & (edges[:-1] < during[1])
    if not len(table) or not inside.any():
        return during
    off = np.where(inside, np.nan_to_num(np.abs(table - np.array(expected)[:, None])).max(axis=0), 0.0)
    far = np.flatnonzero(off >= off.max() / 2)
    return (max(float(edges[far[0]]), during[0]), min(float(edges[far[-1] + 1]), during[1])) if off.max() > 0 else during


def shares_between(window: Window, pool: str, servers: tuple[str, ...], start: float, end: float) -> Mapping[str, float]:
    """Share of the pool's requests by server between two instants; servers without samples are left out."""
    counters = {s: _cumulative(window.get(f"{pool}/{s}", "requests_total")) for s in servers}
    means = _increase_shares(counters, np.array((start, end)))[:, 0]
    return {s: float(m) for s, m in zip(servers, means, strict=True) if np.isfinite(m)}


def _range(incident: Incident, window: Window) -> tuple[float, float]:
    moments = [t.at.timestamp() for t in incident.times.values()]
    # What was believed only afterwards, as at the review, must not press the incident itself together.
    over = incident.times.get("resolved")
    during = [h for h in incident.hypotheses if over is None or h.opened <= over.at]
    moments += [m.timestamp() for h in during for m in (h.opened, h.closed) if m is not None]
    if not moments:
        ends = [float(t) for s in window.series.values() if len(s.seconds) for t in (s.seconds[0], s.seconds[-1])]
        ends = [t for t in ends if np.isfinite(t)] or [window.now.timestamp() - 60, window.now.timestamp()]
        return min(ends), max(*ends, min(ends) + 1)
    low, high = min(moments), max(moments)
    if "mitigated" not in incident.times and "resolved" not in incident.times:
        high = max(high, window.now.timestamp())
    margin = max((high - low) * 0.08, 10.0)
    return low - margin, high + margin


def _usual_step(window: Window) -> float:
    """Seconds between two samples of the client, else of any series; 1 where there are none."""
    for series in (window.get("client", "success_ratio"), *window.series.values()):
        if len(series.seconds) > 1:
            return max(float(np.median(np.diff(series.seconds))), 0.1)
    return 1.0


def _during(incident: Incident, start: float, end: float) -> tuple[float, float]:
    first = durations(incident).start
    last = incident.times.get("mitigated") or incident.times.get("resolved")
    low = start if first is None else first.timestamp()
    high = end if last is None else last.at.timestamp()
    return (low, high) if high > low else (start, end)


def _pool(window: Window, during: tuple[float, float]) -> tuple[str, tuple[str, ...]]:
    """The pool whose shares are furthest apart during the harm; the only one, mostly."""
    pools: dict[str, list[str]] = {}
    for component in window.stack.of_kind("server"):
        pool, _, server = component.name.partition("/")
        pools.setdefault(pool, []).append(server)

    def apart(pool: str) -> float:
        shares = shares_between(window, pool, tuple(pools[pool]), *during)
        return max(shares.values(), default=0.0) - min(shares.values(), default=0.0)

    chosen = max(pools, key=apart, default="")
    return chosen, tuple(pools.get(chosen, ()))


def _expected(window: Window, pool: str, servers: tuple[str, ...]) -> tuple[Mapping[str, float], bool]:
    """Shares as the needs declare them; equal ones, said to be undeclared, where they do not."""
    even = {s: 1 / len(servers) for s in servers}
    needs = window.needs.of(pool)
    for topology in window.topologies:
        known = topology.pool(pool)
        shares = None if known is None else wanted(known, needs, servers)
        if shares is not None:
            return shares, True
    if isinstance(needs.split, Mapping):
        total = sum(needs.split.get(s, 0.0) for s in servers)
        return ({s: needs.split.get(s, 0.0) / total for s in servers}, True) if total > 0 else (even, False)
    return even, needs.split == "even"


def _cumulative(series: Series) -> Series:
    """A counter without its resets, as requests since the first sample."""
    good = np.isfinite(series.values) & np.isfinite(series.seconds)
    seconds, values = series.seconds[good], series.values[good]
    if len(values) < 2:
        return Series(np.empty(0), np.empty(0))
    steps = np.diff(values)
    return Series(seconds, np.concatenate(([0.0], np.cumsum(np.where(steps >= 0, steps, values[1:])))))


def _increase_shares(counters: Mapping[str, Series], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Servers × spans between the edges: each server's part of what all rose by; NaN where nothing rose or nothing was measured."""
    rises = np.full((len(counters), len(edges) - 1), np.nan)
    for row, series in enumerate(counters.values()):
        if not len(series.seconds):
            continue
        rises[row] = np.diff(np.interp(edges, series.seconds, series.values))
        rises[row][~_measured(series.seconds, edges)] = np.nan
    total = np.nansum(rises, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, rises / total, np.nan), dtype=np.float64)


def _binned(series: Series, edges: NDArray[np.float64], how: str) -> NDArray[np.float64]:
    """Mean or largest value of the samples in each span; where samples are rarer than spans the value is held, unless there is a hole."""
    good = np.isfinite(series.values) & np.isfinite(series.seconds)
    seconds, values = series.seconds[good], series.values[good]
    result = np.full(len(edges) - 1, np.nan)
    if not len(values):
        return result
    covered = _measured(seconds, edges)
    for i in range(len(result)):
        low, high = np.searchsorted(seconds, (edges[i], edges[i + 1]), side="right")
        inside = values[low:high] if high > low else values[min(high, len(values) - 1) :][:1]
        result[i] = (inside.max() if how == "max" else inside.mean()) if covered[i] else np.nan
    return result


def _measured(seconds: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a span lies between two samples that are no hole apart."""
    usual = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0
    hole = max(HOLE_SECONDS, 3 * usual)
    middles = (edges[:-1] + edges[1:]) / 2
    right = np.searchsorted(seconds, middles, side="left")
    before, after = seconds[np.clip(right - 1, 0, None)], seconds[np.clip(right, None, len(seconds) - 1)]
    inside = (middles >= seconds[0] - usual) & (middles <= seconds[-1] + usual)
    return np.asarray(inside & ((after - before) <= hole), dtype=np.bool_)


def _values(row: NDArray[np.float64]) -> Values:
    return tuple(float(v) if np.isfinite(v) else None for v in row)
