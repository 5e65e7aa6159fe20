"""Which figures a team is shown: those of its own layer that moved most, or that show that they did not. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np

from poise.balance.expected import wanted
from poise.model.diagnosis import Diagnosis
from poise.model.fault import Layer
from poise.model.frame import is_counter
from poise.model.sample import ComponentKind, Series, Window
from poise.report.evidence_charts import Chart
from poise.report.svg_series import shares_between

MOST_CHARTS, MOST_LINES, MOST_POOLS = 3, 12, 4
LEAST_BEFORE_SECONDS = 60.0
# By layer: kind, metric, title, and a floor under which a difference is none.
FIGURES: Mapping[Layer, Sequence[tuple[ComponentKind, str, str, float]]] = {
    "load-balancer": (
        ("server", "requests_total", "requests per second of each server", 2.0),
        ("pool", "queue", "requests that wait in the load balancer", 1.0),
        ("listener", "accept_queue", "connections that wait to be accepted", 1.0),
        ("listener", "sessions", "connections of clients", 5.0),
        ("server", "up", "servers that are up (1) or not (0)", 0.3),
        ("server", "weight", "running weight", 0.5),
        ("server", "connection_errors_total", "failed connects per second", 0.2),
    ),
    "application": (
        ("application", "in_flight", "requests that an application works on", 1.0),
        ("application", "response_ms", "response time that an application measures, ms", 10.0),
        ("application", "queue", "requests that wait in an application", 1.0),
        ("server", "response_ms", "response time of a server as the load balancer sees it, ms", 10.0),
        ("server", "responses_5xx_total", "answers with 5xx per second", 0.2),
    ),
    "database": (
        ("database", "statement_ms", "statement mean on the database's own side, ms", 1.0),
        ("database", "lock_waits", "sessions that wait for a lock", 0.5),
        ("database", "active", "active sessions", 1.0),
        ("database", "connections", "connections", 3.0),
        ("application", "database_ms", "database time as applications see it, ms", 2.0),
    ),
    "network": (
        ("hop", "ping_ms", "first byte over the path, ms", 5.0),
        ("hop", "connect_ms", "fresh connect over the path, ms", 5.0),
        ("hop", "retransmits_total", "retransmissions per second", 0.2),
        ("hop", "connect_failures_total", "failed connects per second", 0.1),
    ),
}
CLIENTS = (("p99_ms", "p99 of clients, ms"), ("success_ratio", "success ratio of clients"))


def charts(layer: Layer, window: Window, diagnosis: Diagnosis) -> tuple[Chart, ...]:
    """The layer's charts, the one that moved most first; then what clients felt."""
    start, end, onset = _span(window, diagnosis)
    found: list[tuple[float, Chart]] = []
    for kind, metric, title, floor in FIGURES.get(layer, ()):
        rows = [(c.name, _series(window, c.name, metric)) for c in window.stack.of_kind(kind)]
        made = _chart(title, [r for r in rows if len(r[1].values) > 1], start, end, onset, floor)
        if made is not None:
            found.append(made)
    ranked = [chart for _, chart in sorted(found, key=lambda each: -each[0])[:MOST_CHARTS]]
    for metric, title in CLIENTS:
        rows = [(c.name, window.get(c.name, metric)) for c in window.stack.of_kind("client")]
        made = _chart(title, [r for r in rows if len(r[1].values) > 1], start, end, onset, 0.02, metric == "success_ratio")
        if made is not None:
            ranked.append(made[1])
    return tuple(ranked)


def shares(window: Window, diagnosis: Diagnosis) -> tuple[tuple[str, str, tuple[tuple[str, float | None, float], ...]], ...]:
    """Pool, whose wish the shares are, and its servers with what they got since the onset and what is wanted; the most uneven first."""
    _, end, onset = _span(window, diagnosis)
    since = onset if onset is not None else end - LEAST_BEFORE_SECONDS
    found = []
    for pool in window.stack.of_kind("pool"):
        servers = tuple(c.name.removeprefix(f"{pool.name}/") for c in window.stack.of_kind("server") if c.name.startswith(f"{pool.name}/"))
        got = shares_between(window, pool.name, servers, since - 1, end) if servers else {}
        if len(servers) < 2 or not got:
            continue
        written = next((p for t in window.topologies if (p := t.pool(pool.name)) is not None), None)
        declared = wanted(written, window.needs.of(pool.name), servers) if written is not None else None
        want = declared or dict.fromkeys(servers, 1 / len(servers))
        rows = tuple((s, got.get(s), want.get(s, 0.0)) for s in servers)
        off = sum(abs((share or 0.0) - part) for _, share, part in rows)
        found.append((off, (pool.name, "as the needs want" if declared else "evenly, for no needs are declared", rows)))
    return tuple(each for _, each in sorted(found, key=lambda each: -each[0])[:MOST_POOLS])


def _span(window: Window, d: Diagnosis) -> tuple[float, float, float | None]:
    end, onset = window.now.timestamp(), None if d.onset is None else d.onset.timestamp()
    first = min((float(s.seconds[0]) for s in window.series.values() if len(s.seconds)), default=end - 1)
    if onset is None:
        return max(first, end - 15 * LEAST_BEFORE_SECONDS), end, None
    return max(first, onset - max(LEAST_BEFORE_SECONDS, end - onset)), end, onset


def _series(window: Window, component: str, metric: str) -> Series:
    """A gauge as it is, a counter as its rise per second."""
    series = window.get(component, metric)
    if not is_counter(metric) or len(series.values) < 2:
        return series
    steps, spans = np.diff(series.values), np.maximum(np.diff(series.seconds), 1e-3)
    return Series(series.seconds[1:], np.where(steps >= 0, steps, series.values[1:]) / spans)


def _chart(
    title: str, rows: Sequence[tuple[str, Series]], start: float, end: float, onset: float | None, floor: float, ratio: bool = False
) -> tuple[float, Chart] | None:
    if not rows:
        return None
    before = [] if onset is None else [s.between(start, onset - 1).values for _, s in rows]
    usual = np.concatenate(before) if before else np.empty(0)
    usual = usual[np.isfinite(usual)]
    band = (float(np.quantile(usual, 0.05)), float(np.quantile(usual, 0.95))) if len(usual) > 3 else None

    def moved(series: Series) -> float:
        after = series.between(onset if onset is not None else start, end).values
        after = after[np.isfinite(after)]
        if not len(after) or band is None:
            return 0.0
        middle = float(np.median(after))
        return max(band[0] - middle, middle - band[1], 0.0) / max(band[1] - band[0], floor)

    ordered = sorted(rows, key=lambda row: -moved(row[1]))[:MOST_LINES]
    return moved(ordered[0][1]), Chart(title, ordered, band, start, end, onset, ratio)
