"""Alerts about queues, limits that are near, objectives that are being spent, and figures that have gone."""

from collections.abc import Callable

from poise.report.prometheus.alert import RATE, Alert, Scene, counter, gauge, listener_key, on_pool, pool_key, rate_of, server_key
from poise.report.prometheus.recording import recorded
from poise.report.prometheus.subject import Subject

UP, REQUESTS = recorded("server_up"), recorded("server_requests")
# Google's workbook on service levels, chapter 5: 2 % of a month's budget in an hour, 5 % in six.
FAST, SLOW = 14.4, 6.0


def _first(subject: Subject) -> str:
    return next((s.name for s in subject.servers if s.active), subject.servers[0].name)


def _failing(subject: Subject, burn: float) -> Scene:
    """Errors at a little more than `burn` times the objective's budget, from every server."""
    part = min(1.0, 1.2 * burn * (1 - (subject.availability or 1.0)))
    scene: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {
        server_key("server_errors", subject, s.name): counter(rate_of(subject, s.name) * part) for s in subject.servers
    }
    scene[pool_key("pool_errors", subject)] = counter(RATE * part)
    return scene


def _burning(times: float, long: str, short: str) -> Callable[[str], str]:
    def expr(a: str) -> str:
        most = f"on (pool) group_left () ({times:g} * (1 - poise:pool_objective:availability))"
        return " and ".join(f"(poise:pool_errors:ratio_rate{span} > {most})" for span in (long, short))

    return expr


ALERTS = (
    Alert(
        "PoiseQueueGrowing",
        # By Little's law: requests that wait over requests per second is how long each waits. A short queue at a high rate is none.
        lambda a: f"poise:pool_waiting / on ({a}, pool) (sum by ({a}, pool) ({REQUESTS}) > 0) > 1",
        "1m",
        "5m",
        "warning",
        "Requests to pool {{ $labels.pool }} wait {{ $value | humanizeDuration }} for a free server",
        "More comes in than the servers that serve can take at once.",
        "server-maxconn",
        frozenset(("pool_queue", "server_requests")),
        lambda s: {pool_key("pool_queue", s): gauge(3 * RATE)},
        on_pool,
    ),
    Alert(
        "PoiseServerLimitNear",
        lambda a: f"{recorded('server_in_flight')} / ({recorded('server_limit')} > 0) > 0.9",
        "2m",
        "5m",
        "warning",
        "{{ $labels.server }} of pool {{ $labels.pool }} uses {{ $value | humanizePercentage }} of the connections it may have",
        "At its limit requests wait in the load balancer's queue.",
        "server-maxconn",
        frozenset(("server_in_flight", "server_limit")),
        lambda s: {server_key("server_in_flight", s, _first(s)): gauge(99), server_key("server_limit", s, _first(s)): gauge(100)},
        lambda s: {"pool": s.pool, "server": _first(s)},
    ),
    Alert(
        "PoiseListenerLimitNear",
        lambda a: f"{recorded('listener_in_flight')} / ({recorded('listener_limit')} > 0) > 0.85",
        "1m",
        "5m",
        "page",
        "Listener {{ $labels.listener }} uses {{ $value | humanizePercentage }} of the connections it may have",
        "At its limit new clients wait in the kernel's queue and then fail, while every server looks well.",
        "listener-maxconn",
        frozenset(("listener_in_flight", "listener_limit")),
        lambda s: {
            listener_key("listener_in_flight", s.listeners[0]): gauge(95),
            listener_key("listener_limit", s.listeners[0]): gauge(100),
        },
        lambda s: {"listener": s.listeners[0]},
        lambda s: bool(s.listeners),
    ),
    Alert(
        "PoiseLoadBalancerLimitNear",
        lambda a: f"{recorded('load_balancer_in_flight')} / ({recorded('load_balancer_limit')} > 0) > 0.85",
        "1m",
        "5m",
        "page",
        "The load balancer {{ $labels.APART }} uses {{ $value | humanizePercentage }} of the connections it may have",
        "At its limit it accepts no more, and every pool behind it seems to fail at once.",
        "listener-maxconn",
        frozenset(("load_balancer_in_flight", "load_balancer_limit")),
        lambda s: {("load_balancer_in_flight", ()): gauge(95), ("load_balancer_limit", ()): gauge(100)},
        lambda s: {},
    ),
    Alert(
        "PoiseErrorBudgetBurnsFast",
        _burning(FAST, "1h", "5m"),
        "2m",
        "5m",
        "page",
        "{{ $value | humanizePercentage }} of the answers of pool {{ $labels.pool }} are errors: its monthly budget is gone in two days",
        "The objective of the needs is broken at more than 14 times the rate that a month would allow, over an hour and still now.",
        "server-errors",
        frozenset(("server_errors", "server_requests")),
        lambda s: _failing(s, FAST),
        on_pool,
        lambda s: s.availability is not None and 1.2 * FAST * (1 - s.availability) < 1,
    ),
    Alert(
        "PoiseErrorBudgetBurnsSlowly",
        _burning(SLOW, "6h", "30m"),
        "15m",
        "15m",
        "warning",
        "{{ $value | humanizePercentage }} of the answers of pool {{ $labels.pool }} are errors: its monthly budget is gone in five days",
        "The objective of the needs is broken at more than six times the rate that a month would allow, over six hours and still now.",
        "server-errors",
        frozenset(("server_errors", "server_requests")),
        lambda s: _failing(s, SLOW),
        on_pool,
        lambda s: s.availability is not None and 1.2 * SLOW * (1 - s.availability) < 1,
        at="20m",
    ),
    Alert(
        "PoiseFiguresGone",
        lambda a: f"(count by ({a}) ({UP} offset 10m) unless count by ({a}) ({UP})) or absent({UP})",
        "2m",
        "5m",
        "warning",
        "Nothing is known of the load balancer {{ $labels.APART }} any more",
        "Its exporter answers no more, so no other alert here can fire: whether traffic is well is not known.",
        "load-balancer-down",
        frozenset(("server_up",)),
        lambda s: {server_key("server_up", s, each.name): f"1+0x40 stale _x{110}" for each in s.servers},
        lambda s: {},
        at="18m",
    ),
    Alert(
        "PoiseDiscoveryRefused",
        lambda a: f"increase({recorded('pool_refused_updates')}[10m]) > 0",
        "0s",
        "10m",
        "warning",
        "Envoy refuses the updates of pool {{ $labels.pool }}: it goes on with servers of before",
        "The management server or file gives something that Envoy does not take; its log says what.",
        "server-down",
        frozenset(("pool_refused_updates",)),
        lambda s: {pool_key("pool_refused_updates", s): counter(0.1)},
        on_pool,
    ),
)
