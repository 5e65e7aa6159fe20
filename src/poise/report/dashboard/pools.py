"""Each pool of a load balancer as the first page shows it: who gets which share, which it should get, and what that means. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from poise.alerting.identity import pool_of
from poise.balance.evenness import FEWEST_REQUESTS
from poise.detectors.expected_shares import Expectation
from poise.model.alert import Alert
from poise.model.topology import Pool
from poise.report.dashboard.band import band
from poise.report.dashboard.figures import Figures, covered_seconds, figures
from poise.report.dashboard.levels import alert_level, alive, worst
from poise.report.dashboard.look import Look
from poise.report.dashboard.server_words import level_and_why, state_of
from poise.report.dashboard.verdicts import SURE_SECONDS, Judged, verdict
from poise.report.dashboard.views import PoolView, ServerView

# Of a pool that is uneven these stand out: as far off as detectors find worth a person's time (`poise.detectors.comparison`).
HOT, COLD = 1.25, 1 / 1.25


@dataclass(frozen=True, slots=True)
class _Reference:
    """What shares are compared with, in whose words; the uncertainty by server is the forecast's own."""

    words: str
    shares: Mapping[str, float]
    uncertainty: Mapping[str, float]


def pool_views(look: Look) -> tuple[PoolView, ...]:
    """One for each pool that has servers, in the order of the files."""
    read = figures(look.window)
    names = {pool.name for pool in read.servers.pools}
    of: dict[str, list[Alert]] = {}
    for alert in look.alerts:
        if alive(alert) and (pool := pool_of(alert.verdict.component, names)):
            of.setdefault(pool, []).append(alert)
    return tuple(_view(look, read, place, of.get(pool.name, [])) for place, pool in enumerate(read.servers.pools) if pool.servers)


def _view(look: Look, read: Figures, place: int, alerts: Sequence[Alert]) -> PoolView:
    pool, where = read.servers.pools[place], read.servers.of(place)
    expectation, row = read.seen.expected.of(place), read.span[place]
    counted = read.requests[row, where]
    told = np.where(read.latest["drain"][where] > 0, np.nan, counted)
    total = float(np.nansum(told))
    known = not bool(np.isnan(counted).all())
    reference = _reference(expectation)
    uneven = next((a for a in alerts if a.verdict.detector == "uneven_share"), None)
    by_server = _of_servers(pool, alerts)
    seconds = covered_seconds(look.window, f"{pool.name}/{pool.servers[0].name}", read.spans[row])
    scale = sum(reference.shares.values()) if reference else 0.0
    rows = []
    for i, server in enumerate(pool.servers):
        expected = reference.shares.get(server.name, 0.0) / scale if reference and scale > 0 else None
        share = float(told[i]) / total if total > 0 and told[i] == told[i] else None
        spread = None
        if expected is not None and reference is not None:
            spread = band(expected, total, expectation.dispersion, reference.uncertainty.get(server.name, 0.0))
        low, high = spread or (None, None)
        at = where.start + i
        latest = {name: _number(values[at]) for name, values in read.latest.items()}
        state = state_of(server, latest)
        off = uneven is not None and expected is not None and share is not None and _far(share, expected, low, high)
        level, why = level_and_why(server, state, by_server.get(server.name, ()), share, expected, off=off)
        rows.append(
            ServerView(
                server=server.name,
                address=server.address,
                state=state,
                share=share,
                expected=expected,
                low=low,
                high=high,
                requests_per_second=_number(counted[i] / seconds),
                in_flight=_whole(latest["in_flight"]),
                queue=_whole(latest["queue"]),
                p50_ms=latest["p50_ms"],
                p99_ms=latest["p99_ms"],
                response_ms=latest["response_ms"],
                errors_ratio=_ratio(read.failed[row, at], counted[i]),
                weight_file=server.weight,
                weight_running=_whole(latest["weight"]),
                level=level,
                why=why,
            )
        )
    servers = tuple(rows)
    judged = Judged(
        pool=pool,
        servers=servers,
        requests=round(total) if known else None,
        span_seconds=seconds,
        reference=reference.words if reference else "",
        given=expectation.predicted,
        uneven=uneven,
        others=[a for a in alerts if a is not uneven],
    )
    silence = next(iter(look.window.silences.values()), None)
    level = worst([alert_level(a) for a in alerts] + [s.level for s in servers if s.level in ("bad", "warning")])
    if level == "good" and (not known or total < FEWEST_REQUESTS or seconds < SURE_SECONDS):
        level = "unknown"
    said, explanation = verdict(judged, silence)
    queues = [s.queue for s in servers if s.queue is not None]
    return PoolView(
        load_balancer=look.load_balancer,
        pool=pool.name,
        product=pool.product,
        algorithm=_algorithm(pool),
        level=level,
        verdict=said,
        since=_since(uneven, alerts),
        span_seconds=seconds,
        requests_per_second=_number(float(np.nansum(counted)) / seconds) if known else None,
        queue=sum(queues) if queues else None,
        declared=expectation.declared,
        servers=servers,
        explanation=explanation,
    )


def _reference(of: Expectation) -> _Reference | None:
    """In the order in which the detector speaks: the needs, the forecast, and where nothing is declared an even split."""
    if of.declared and of.wanted is not None:
        return _Reference("the needs want", of.wanted, {})
    if of.predicted is not None:
        return _Reference("weights and algorithm give", of.predicted, of.uncertainty)
    if of.wanted is not None:
        return _Reference("an even split would be", of.wanted, {})
    return None


def _far(share: float, expected: float, low: float | None, high: float | None) -> bool:
    """Beyond chance, and by enough to matter."""
    beyond = (high is not None and share > high) or (low is not None and share < low)
    return beyond and (share >= HOT * expected or share <= COLD * expected)


def _of_servers(pool: Pool, alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    prefix, found = f"server {pool.name}/", dict[str, list[Alert]]()
    for alert in alerts:
        if alert.verdict.component.startswith(prefix):
            found.setdefault(alert.verdict.component.removeprefix(prefix), []).append(alert)
    return found


def _since(uneven: Alert | None, alerts: Sequence[Alert]) -> datetime | None:
    if uneven is not None:
        return uneven.since
    return min((a.since for a in alerts), default=None)


def _algorithm(pool: Pool) -> str:
    given = pool.algorithm
    return given.name if given.argument is None else f"{given.name}({given.argument})"


def _number(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124 - NaN


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _ratio(failed: float, of: float) -> float | None:
    return min(1.0, float(failed / of)) if of > 0 and failed == failed else None  # noqa: PLR0124 - NaN
