"""Where requests wait for the load balancer's own limits: queues, limits per server and per pool, against what applications can hold."""

from collections.abc import Iterable
from math import isfinite

from poise.balance.splits import limits_of
from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.saturation import room
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# Slots beyond a limit from which the limit, and not the application, is the narrow place.
NARROW = 1.3


def observe_limits(cut: Halves) -> Iterable[Sign]:
    """All signs of the limits of all pools."""
    for parts in pools(cut):
        yield from _queue(cut, parts)
        yield from _server_limits(cut, parts)
        yield from _whole_limit(cut, parts)


def _queue(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    queue = cut.now(parts.name, "queue")
    if not len(queue):
        return
    moved = cut.shift(parts.name, "queue", 1.0, 0.5, implied=0.0)
    observed = round(float(queue.mean()), 1)
    peak = degree(max(observed - (moved.expected if moved else 0.0), moved.scales if moved else 0.0), certainty(len(queue)))
    expected = moved.expected if moved else 0
    yield Sign("pool queue", parts.name, f"requests queued for {parts.name}", expected, observed, peak, "pool queue")


def _server_limits(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    reached, lowered = [], []
    for server, component in parts.servers.items():
        limit = _limit(cut, parts, server)
        if limit is None or limit <= 0:
            continue
        held = cut.now(component, "in_flight")
        application = parts.applications.get(server)
        if len(held):
            full = degree(3 + 12 * (float(held.mean()) / limit - 0.9), certainty(len(held)))
            reached.append((full * room(cut, component, application), server, limit, float(held.mean())))
        slots = cut.last(application, "slots") if application is not None else None
        usual = cut.median_normal(component, "maxconn") or parts.needs.concurrency_per_server or slots
        if usual:
            lowered.append((degree(3 + 4 * (usual / limit - 1.5)), server, limit, usual))
    if reached:
        worst, server, limit, mean = max(reached)
        label = f"requests in flight at {parts.name}/{server}, its limit {limit:g}, its application not busy"
        source = "server maxconn, in_flight, application in_flight"
        yield Sign("server limit", parts.name, label, f"below {limit:g}", round(mean, 1), worst, source)
    elif cut.now(parts.name, "queue").size and not lowered:
        yield Sign("server limit", parts.name, f"servers of {parts.name} with a limit", "none", 0, 0.05, "server maxconn")
    if lowered:
        worst, server, limit, usual = max(lowered)
        yield Sign("limit lowered", parts.name, f"limit of {parts.name}/{server}", usual, limit, worst, "server maxconn")


def _limit(cut: Halves, parts: PoolParts, server: str) -> float | None:
    """As it runs, else as the file has it."""
    running = cut.setting(parts.servers[server], "maxconn")
    written = parts.pool.server(server) if running is None and parts.pool is not None else None
    return float(written.maxconn) if written is not None and written.maxconn else running


def _whole_limit(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """A limit of the whole pool (Envoy's circuit breakers) against what is in flight, and against the slots behind it."""
    limit = _whole(cut, parts)
    if limit is None or not isfinite(limit) or limit <= 0:
        return
    held = [cut.now(c, "in_flight") for c in parts.servers.values()]
    slots = [v for a in parts.applications.values() if (v := cut.last(a, "slots"))]
    known = [float(h.mean()) for h in held if len(h)]
    label = f"requests in flight at {parts.name}, its limit {limit:g}"
    if len(known) == len(parts.servers):
        free = max(room(cut, c, parts.applications.get(s)) for s, c in parts.servers.items())
        full = degree(3 + 10 * (sum(known) / limit - 0.75), certainty(min(map(len, held)))) * free
        yield Sign("pool limit", parts.name, label, f"below {limit:g}", round(sum(known), 1), full, "limit, in_flight")
    if slots and len(slots) == len(parts.applications):
        label = f"slots of the applications behind {parts.name}, against its limit {limit:g}"
        narrow = degree(MIDDLE + 6 * (sum(slots) / limit - NARROW))
        yield Sign("narrow limit", parts.name, label, f"at most {limit:g}", sum(slots), narrow, "limit, application slots")


def _whole(cut: Halves, parts: PoolParts) -> float | None:
    # HAProxy shows a backend's fullconn there (stats.c): it scales minconn and limits nothing.
    told = None if parts.pool is not None and parts.pool.product == "haproxy" else cut.setting(parts.name, "limit")
    if told or parts.pool is None:
        return told
    topology = next(t for t in cut.window.topologies if t.pool(parts.name) is parts.pool)
    limits = limits_of(topology, parts.pool)
    return None if limits is None else limits.most_held
