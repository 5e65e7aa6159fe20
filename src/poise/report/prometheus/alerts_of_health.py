"""Alerts about servers that fail, are gone, or do worse than their peers."""

from collections.abc import Mapping

from poise.report.prometheus.alert import RATE, Alert, Scene, counter, gauge, on_pool, pool_key, rate_of, server_key
from poise.report.prometheus.recording import recorded
from poise.report.prometheus.subject import Subject

UP = recorded("server_up")
REQUESTS, ERRORS, RETRIES = recorded("server_requests"), recorded("server_errors"), recorded("server_retries")


def _active(subject: Subject) -> list[str]:
    return [s.name for s in subject.servers if s.active]


def _one(subject: Subject) -> Mapping[str, str]:
    return {"pool": subject.pool, "server": _active(subject)[0]}


def _down(subject: Subject, names: list[str]) -> Scene:
    scene: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    for name in names:
        scene[server_key("server_up", subject, name)] = gauge(0)
        scene[server_key("server_requests", subject, name)] = counter(0)
    return scene


def _against_peers(a: str) -> str:
    peers = f"(sum by ({a}, pool) ({ERRORS}) - on ({a}, pool) group_right () {ERRORS})"
    others = f"((sum by ({a}, pool) ({REQUESTS}) - on ({a}, pool) group_right () {REQUESTS}) > 0)"
    # Ten errors a minute at least: one failed request of ten is no rate.
    return f"({ERRORS} / ({REQUESTS} > 0) > 0.05) and ({ERRORS} / ({REQUESTS} > 0) > 4 * ({peers} / {others})) and ({ERRORS} * 60 > 10)"


ALERTS = (
    Alert(
        "PoisePoolDown",
        # `sum`, for a count of series that are there is never zero.
        lambda a: f"sum by ({a}, pool) ({UP}) == 0 and on (pool) (count by (pool) (poise:server:active) > 0)",
        "15s",
        "2m",
        "page",
        "No server of pool {{ $labels.pool }} serves: every request to it fails",
        "All of its servers are down, in maintenance or drained.",
        "server-down",
        frozenset(("server_up",)),
        lambda s: _down(s, [each.name for each in s.servers]),
        on_pool,
        lambda s: bool(s.servers),
    ),
    Alert(
        "PoiseOnBackupsOnly",
        lambda a: f"sum by ({a}, pool) ({UP} * on (pool, server) group_left () poise:server:active) == 0 and sum by ({a}, pool) ({UP}) > 0",
        "30s",
        "5m",
        "page",
        "Pool {{ $labels.pool }} runs on its backups only",
        "No active server is left. Backups are often smaller, and there is nothing behind them.",
        "server-down",
        frozenset(("server_up",)),
        lambda s: _down(s, _active(s)),
        on_pool,
        lambda s: bool(_active(s)) and len(_active(s)) < len(s.servers),
    ),
    Alert(
        "PoiseTooFewServers",
        lambda a: (
            f"sum by ({a}, pool) ({UP} * on (pool, server) group_left () poise:server:active)"
            f" < on (pool) group_left () poise:pool_servers:needed and sum by ({a}, pool) ({UP}) > 0"
        ),
        "1m",
        "5m",
        "warning",
        "Pool {{ $labels.pool }} has {{ $value }} servers left, fewer than its peak needs",
        "The needs declare peak, service time and concurrency: this many servers cannot carry that.",
        "surge",
        frozenset(("server_up",)),
        lambda s: _down(s, _active(s)[: len(_active(s)) - (s.least_servers or 1) + 1]),
        on_pool,
        lambda s: bool(s.least_servers) and 1 < (s.least_servers or 0) <= len(_active(s)),
    ),
    Alert(
        "PoiseServerDown",
        lambda a: f"{UP} == 0 and on (pool, server) (poise:server:active == 1)",
        "1m",
        "2m",
        "warning",
        "{{ $labels.server }} of pool {{ $labels.pool }} serves nothing",
        "It is down or was taken out; the others carry its share.",
        "server-down",
        frozenset(("server_up",)),
        lambda s: _down(s, _active(s)[:1]),
        _one,
        lambda s: len(_active(s)) > 1,
    ),
    Alert(
        "PoiseServerFlapping",
        lambda a: f"changes({UP}[15m]) >= 4",
        "0s",
        "15m",
        "warning",
        "{{ $labels.server }} of pool {{ $labels.pool }} came and went {{ $value }} times in 15 minutes",
        "Each time its share moves to the others and back. Look at why its check fails, and at fall and rise.",
        "wrong-health-check",
        frozenset(("server_up",)),
        lambda s: {server_key("server_up", s, _active(s)[0]): " ".join(["1 1 1 1 0 0 0 0"] * 40)},
        _one,
        lambda s: len(_active(s)) > 1,
    ),
    Alert(
        "PoiseServerErrors",
        _against_peers,
        "1m",
        "5m",
        "warning",
        "{{ $labels.server }} of pool {{ $labels.pool }} fails {{ $value | humanizePercentage }} of its requests, its peers far fewer",
        "The other servers of this pool get the same kind of requests: what differs is this server.",
        "server-errors",
        frozenset(("server_requests", "server_errors")),
        lambda s: {server_key("server_errors", s, _active(s)[0]): counter(0.5 * rate_of(s, _active(s)[0]))},
        _one,
        lambda s: len(_active(s)) > 1,
    ),
    Alert(
        "PoiseRetries",
        lambda a: f"sum by ({a}, pool) ({RETRIES}) / (sum by ({a}, pool) ({REQUESTS}) > 1) > 0.05",
        "2m",
        "5m",
        "warning",
        "{{ $value | humanizePercentage }} of the requests to pool {{ $labels.pool }} are tried again",
        "Retries hide failures from clients and add load where it hurts most.",
        "server-errors",
        frozenset(("server_retries", "server_requests")),
        lambda s: {server_key("server_retries", s, _active(s)[0]): counter(RATE * 0.2)},
        on_pool,
        lambda s: bool(_active(s)),
    ),
    Alert(
        "PoisePanic",
        lambda a: f"increase({recorded('pool_panic')}[1m]) > 0",
        "0s",
        "2m",
        "page",
        "Pool {{ $labels.pool }} is in panic: requests go to servers that are known to be ill",
        "Fewer servers are healthy than the panic threshold asks for, so Envoy sends to all of them.",
        "server-down",
        frozenset(("pool_panic",)),
        lambda s: {pool_key("pool_panic", s): counter(RATE)},
        on_pool,
    ),
)
