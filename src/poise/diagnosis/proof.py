"""Is the service well again? The proof that a repair must give before it counts, judged from clients first and shares second.

Where clients are not measured at all, the load balancer's own figures stand for them: its errors, its queues, its shares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from poise.model.needs import Objectives
from poise.model.sample import Window

# Clients must be well for this long without a break: one scrape interval proves nothing, and the kernel's and the servers'
# queues of the fault drain within the server timeout.
HOLD = timedelta(seconds=5)
# Used where the needs declare no objectives: what an ordinary web service promises.
DEFAULT = Objectives(availability=0.995, latency_p99_ms=None)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the repair is proven at this instant, why not yet, and the figures: ratios 0–1, milliseconds."""

    proven: bool
    reason: str
    figures: Mapping[str, float]


def prove(
    window: Window,
    since: datetime,
    expected_shares: Mapping[str, float],
    pool: str | None,
    objectives: Objectives,
    usual_p99_ms: float | None = None,
) -> Proof:
    """Judge the last `HOLD` of the window. `since` is when the last step of the repair ended; `expected_shares` by server name, 0–1;
    `usual_p99_ms` is the p99 before the fault, used where no objective is declared."""
    if window.now < since + HOLD:
        return Proof(False, "not long enough ago", {})
    seconds = HOLD.total_seconds()
    floor = max(objectives.availability or 0.0, DEFAULT.availability or 0.0)
    if not clients_measured(window):
        return _without_clients(window, expected_shares, pool, floor, seconds)
    success, rate = (window.recent("client", m, seconds) for m in ("success_ratio", "requests_per_second"))
    p99 = window.recent("client", "p99_ms", seconds)
    if len(success.values) < 3 or len(p99.values) < 3:
        return Proof(False, "no client figures", {})
    weights = rate.values if len(rate.values) == len(success.values) and rate.values.sum() > 0 else None
    ratio = float((success.values * weights).sum() / weights.sum()) if weights is not None else float(success.values.mean())
    worst = float(p99.values.max())
    figures = {"success_ratio": ratio, "p99_ms": worst}
    if ratio < floor:
        return Proof(False, f"clients' success is {ratio:.1%}, {floor:.1%} is needed", figures)
    limit = objectives.latency_p99_ms or (2 * usual_p99_ms if usual_p99_ms else None)
    if limit is not None and worst > limit:
        return Proof(False, f"clients' p99 is {worst:.0f} ms, {limit:.0f} ms is the limit", figures)
    if pool is None or not expected_shares:
        return Proof(True, f"clients' success {ratio:.1%}, p99 {worst:.0f} ms", figures)
    well = f"clients' success {ratio:.1%}, p99 {worst:.0f} ms"
    return _shares_follow(window, expected_shares, pool, figures, seconds, well)


def clients_measured(window: Window) -> bool:
    """Is there any figure of clients in the window, however old?"""
    return any(component == "client" for component, _ in window.series)


def _without_clients(window: Window, expected: Mapping[str, float], pool: str | None, floor: float, seconds: float) -> Proof:
    pools = (pool,) if pool is not None else tuple(c.name for c in window.stack.of_kind("pool"))
    listeners = tuple(c.name for c in window.stack.of_kind("listener"))
    figures: dict[str, float] = {}
    for name, metric in (*((p, "queue") for p in pools), *((each, "accept_queue") for each in listeners)):
        waiting = window.recent(name, metric, seconds).values
        if len(waiting):
            # More than half of the looks: a single burst may wait for an instant in a healthy pool too.
            figures[f"{metric} of {name}"] = middle = float(sorted(waiting)[len(waiting) // 2])
            if middle > 0:
                return Proof(False, f"{middle:.0f} wait in the {metric.replace('_', ' ')} of {name}", figures)
    requests = _risen(window, pools, "requests_total", seconds)
    if requests is None:
        return Proof(False, "neither clients nor the requests of the load balancer are measured", figures)
    if requests <= 0:
        return Proof(False, "no request came, so nothing is proven", figures)
    well = "clients are not measured; by the load balancer"
    errors = _risen(window, pools, "responses_5xx_total", seconds)
    if errors is not None:
        figures["success_ratio"] = ratio = 1 - min(errors / requests, 1.0)
        if ratio < floor:
            return Proof(False, f"the load balancer's success is {ratio:.1%}, {floor:.1%} is needed", figures)
        well += f" success {ratio:.1%}"
    well += f" {requests:.0f} requests in {seconds:.0f} s, nobody waits"
    if pool is None or not expected:
        return Proof(True, well, figures)
    return _shares_follow(window, expected, pool, figures, seconds, well)


def _risen(window: Window, names: Iterable[str], metric: str, seconds: float) -> float | None:
    rises = [r for n in names if (r := window.recent(n, metric, seconds).increase()) is not None]
    return sum(rises) if rises else None


def _shares_follow(window: Window, expected: Mapping[str, float], pool: str, figures: dict[str, float], seconds: float, well: str) -> Proof:
    rises = {s: window.recent(f"{pool}/{s}", "requests_total", seconds).increase() for s in expected}
    counts = {s: r for s, r in rises.items() if r is not None}
    total = sum(counts.values())
    if len(counts) < len(expected) or total <= 0:
        return Proof(False, "not every server's requests are known", figures)
    for server, wanted in expected.items():
        share = counts[server] / total
        figures[f"share of {server}"] = share
        # Binomial bound of three standard errors plus five points: roundrobin counts spread less than that, hashes more slowly.
        if abs(share - wanted) > 3 * sqrt(max(wanted * (1 - wanted), 0.0) / total) + 0.05:
            return Proof(False, f"{server} gets {share:.1%}, {wanted:.1%} is expected", figures)
    return Proof(True, f"{well}, every share as expected", figures)
