"""What the clients and the way in show: harm, demand, the listener's limit, time that passes before the load balancer's clock."""

from collections.abc import Iterable

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import pools
from poise.diagnosis.shift import ENOUGH, Shift, certainty, degree
from poise.faults.sign import Sign
from poise.model.component_label import component_label
from poise.model.needs import Objectives

CLIENT = "client"
# worker_connections counts connections to servers too: a proxying nginx is full before its clients alone reach the limit.
BOTH_SIDES = 1.35
# What products count when they turn a connection away at a limit of their own.
REFUSED = ("refused_total", "sessions_over_listener_limit_total", "sessions_over_global_limit_total", "dropped_total")


def observe_clients(cut: Halves) -> Iterable[Sign]:
    """All signs of the clients and the listeners."""
    for component in cut.window.stack.of_kind("client"):
        yield from _harm(cut, component.name)
        yield from _demand(cut, component.name)
        yield from _before_the_load_balancer(cut, component.name)
    yield from _disagree(cut)
    yield from _demand_at_listeners(cut)
    for component in (*cut.window.stack.of_kind("listener"), *cut.window.stack.of_kind("load-balancer")):
        yield from _way_in(cut, component.name)
        yield from _refused(cut, component.name)


def _harm(cut: Halves, client: str) -> Iterable[Sign]:
    success = cut.now(client, "success_ratio")
    if len(success):
        usual = cut.median_normal(client, "success_ratio")
        expected = usual if usual is not None else 1.0
        lost = expected - float(success.mean())
        label = "success ratio of clients"
        yield Sign(
            "client errors",
            client,
            label,
            round(expected, 4),
            round(float(success.mean()), 4),
            degree(lost / 0.005, certainty(len(success))),
            "client success_ratio",
        )
    promised = min((o.latency_p99_ms for o in _objectives(cut) if o.latency_p99_ms), default=None)
    found = [(m, s) for m in ("p50_ms", "p99_ms") if (s := _latency(cut, client, m, promised)) is not None]
    if found:
        # Either may move alone: weights of 3/1/1/1 move the median, a loss only the slowest.
        metric, worst = max(found, key=lambda f: f[1].scales)
        label = f"{metric.removesuffix('_ms')} of clients, ms"
        yield Sign("client latency", client, label, round(worst.expected, 1), round(worst.observed, 1), worst.degree_up, f"client {metric}")


def _disagree(cut: Halves) -> Iterable[Sign]:
    """Some clients suffer and others, elsewhere, do not: then it is their way to us, or they themselves."""
    felt: dict[str, float] = {}
    for component in cut.window.stack.of_kind("client"):
        success, usual = cut.now(component.name, "success_ratio"), cut.median_normal(component.name, "success_ratio")
        # Both: whoever keeps its connections open meets a path that loses segments in its slowest requests only.
        slower = (cut.shift(component.name, metric, floor, 0.2) for metric, floor in (("p50_ms", 10.0), ("p99_ms", 30.0)))
        told = [shift.degree_up for shift in slower if shift is not None]
        if len(success) >= ENOUGH and usual is not None:
            told.append(degree((usual - float(success.mean())) / 0.02, certainty(len(success))))
        if told:
            felt[component.name] = max(told)
    if len(felt) > 1:
        ordered = sorted(felt, key=lambda c: felt[c])
        well, worst = ordered[0], ordered[-1]
        label = f"how surely {worst} suffers, and {well} does too"
        surely = felt[worst] * (1 - felt[well])
        source = "success_ratio, p50_ms, p99_ms"
        yield Sign("clients disagree", worst, label, round(felt[worst], 2), round(felt[well], 2), surely, source)


def _latency(cut: Halves, client: str, metric: str, promised: float | None) -> Shift | None:
    floor = 10.0 if metric == "p50_ms" else 30.0
    return cut.shift(client, metric, floor, 0.2, implied=promised if metric == "p99_ms" else None)


def _objectives(cut: Halves) -> Iterable[Objectives]:
    return (needs.objectives for needs in cut.window.needs.pool.values())


def _demand(cut: Halves, client: str) -> Iterable[Sign]:
    moved = cut.shift(client, "requests_per_second", 3.0, 0.15)
    if moved is not None:
        label = "requests per second offered by clients"
        yield Sign(
            "demand", client, label, round(moved.expected, 1), round(moved.observed, 1), moved.degree_up, "client requests_per_second"
        )
    rate = cut.median_now(client, "requests_per_second")
    peak = sum(n.peak_requests_per_second or 0.0 for n in cut.window.needs.pool.values())
    if rate is not None and peak > 0:
        label = "requests per second offered by clients, against the declared peak"
        surely = degree(3 + 20 * (rate / peak - 1.05), certainty(len(cut.now(client, "requests_per_second"))))
        yield Sign("above peak", client, label, f"at most {peak:g}", round(rate, 1), surely, "client requests_per_second, needs")


def _demand_at_listeners(cut: Halves) -> Iterable[Sign]:
    """What comes in, as the listeners count it, where no client tells what it sends: a probe of our own sends the same always."""
    if any(len(cut.now(c.name, "requests_per_second")) for c in cut.window.stack.of_kind("client")):
        return
    names = [c.name for c in cut.window.stack.of_kind("listener")]
    now = [c for n in names if (c := cut.counter_now(n, "requests_total")) is not None and c[1] > 0]
    before = [c for n in names if (c := cut.counter_normal(n, "requests_total")) is not None and c[1] > 0]
    if not now:
        return
    rate, sure = sum(r / s for r, s in now), certainty(int(max(s for _, s in now)))
    usual = sum(r / s for r, s in before)
    if usual > 0:
        label = "requests per second that come in"
        surely = degree((rate - usual) / max(0.15 * usual, 3.0), sure)
        yield Sign("demand", names[0], label, round(usual, 1), round(rate, 1), surely, "listener requests_total")
    peak = sum(n.peak_requests_per_second or 0.0 for n in cut.window.needs.pool.values())
    if peak > 0:
        label = "requests per second that come in, against the declared peak"
        surely = degree(3 + 20 * (rate / peak - 1.05), sure)
        yield Sign("above peak", names[0], label, f"at most {peak:g}", round(rate, 1), surely, "listener requests_total, needs")


def _before_the_load_balancer(cut: Halves, client: str) -> Iterable[Sign]:
    """Latency that clients gained and no server or queue behind the load balancer did, in milliseconds added."""
    seen = cut.shift(client, "p50_ms", 10.0, 0.2)
    behind = [
        m
        for parts in pools(cut)
        for c in (*parts.servers.values(), *parts.applications.values())
        if (m := cut.shift(c, "response_ms", 10.0, 0.2)) is not None
    ]
    if seen is None or not behind:
        return
    queued = sum(max(m.observed - m.expected, 0.0) for p in pools(cut) if (m := cut.shift(p.name, "queue_ms", 5.0, 0.2)) is not None)
    inside = max(m.observed - m.expected for m in behind) + queued
    outside = seen.observed - seen.expected - max(inside, 0.0)
    label = "median latency that clients gained and nothing behind the load balancer did, ms"
    slowest = cut.shift(client, "p99_ms", 30.0, 0.2)
    if slowest is not None:
        # RFC 6298: a lost segment costs 200 ms at the least, a lost SYN a second. A delay strikes all requests alike.
        late = slowest.observed - slowest.expected - max(inside, 0.0) - 2 * max(outside, 0.0)
        told = "client p99_ms less p50_ms, response_ms and queue_ms"
        yield Sign(
            "late by timeouts",
            client,
            "ms that the slowest of clients gained beyond the others",
            0.0,
            round(late, 1),
            degree(late / 80.0, slowest.certainty),
            told,
        )
    surely = degree(outside / max(20.0, 0.3 * seen.expected), seen.certainty)
    yield Sign(
        "time before the load balancer", client, label, 0.0, round(outside, 1), surely, "client p50_ms less response_ms and queue_ms"
    )


def _way_in(cut: Halves, listener: str) -> Iterable[Sign]:
    held, limit = cut.now(listener, "sessions"), cut.last(listener, "session_limit")
    named = component_label(cut.window.stack.kinds.get(listener, "listener"), listener)
    if len(held) and limit:
        ratio = float(held.mean()) / limit * (BOTH_SIDES if any(t.product == "nginx" for t in cut.window.topologies) else 1.0)
        label = f"sessions of {named}, its limit {limit:g}"
        surely = degree(3 + 25 * (ratio - 0.9), certainty(len(held)))
        yield Sign("sessions", listener, label, f"below {limit:g}", round(float(held.mean()), 1), surely, "sessions, session_limit")
    waiting = cut.now(listener, "accept_queue")
    if len(waiting):
        mean, usual = float(waiting.mean()), cut.median_normal(listener, "accept_queue") or 0.0
        label = f"connections that wait to be accepted by {named}"
        yield Sign(
            "accept queue", listener, label, usual, round(mean, 1), degree(2 * (mean - usual), certainty(len(waiting))), "accept_queue"
        )


def _refused(cut: Halves, name: str) -> Iterable[Sign]:
    counted = {m: c for m in REFUSED if (c := cut.counter_now(name, m)) is not None}
    if not counted:
        return
    rise = max(c[0] - _usual(cut, name, m, c[1]) for m, c in counted.items())
    seconds = max(c[1] for c in counted.values())
    label = f"connections a second that {name} turned away at its limit"
    surely = degree(3 * rise / max(seconds, 1.0) + 2 * (rise >= 3), certainty(int(seconds)))
    yield Sign("turned away", name, label, 0, round(rise / max(seconds, 1.0), 2), surely, ", ".join(counted))


def _usual(cut: Halves, name: str, metric: str, seconds: float) -> float:
    before = cut.counter_normal(name, metric)
    return before[0] / before[1] * seconds if before is not None and before[1] > 0 else 0.0
