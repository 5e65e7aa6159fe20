"""What the application servers show: who is full, and whether the work of a request itself takes longer.

Response times alone cannot tell a slow server from a crowded one, nor either from a slow database. What can, in additive units, is the
share of worker slots in use: what the arrivals explain and what time in the database explains is taken off first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.saturation import busy_ratio, usual_busy_ratio
from poise.diagnosis.shift import MIDDLE, Shift, certainty, degree
from poise.faults.sign import Sign

# Slots in use from which an application counts as full; below 0.75 it is not, between it cannot be told.
FULL = 0.88
# How many statements of one request hold a slot is not told by any metric; explaining away with too many errs towards the database
# only where its time has truly risen.
STATEMENTS = 3.0
# Excess of slots in use that arrivals and database do not explain: a third of this is one scale.
EXCESS = 0.2
# Fewer slots in use than this part of what the arrivals explain are idle ones.
IDLE = 0.5


@dataclass(frozen=True, slots=True)
class _App:
    """One application behind one server. Ratios of slots; `rate` arrivals per second now and usually; `trust` 0–1."""

    name: str
    busy: float
    usual: float | None
    explained: float | None
    sure: float


def observe_applications(cut: Halves) -> Iterable[Sign]:
    """All signs of the applications behind all pools."""
    for parts in pools(cut):
        apps = {s: app for s, name in parts.applications.items() if (app := _app(cut, parts, s, name)) is not None}
        if apps:
            yield from _saturation(parts, apps)
            yield from _own_time(cut, parts, apps)
        yield from _time_before(cut, parts)
        yield from _database_time(cut, parts)
        yield from _database_errors(cut, parts)


def full(busy: float) -> float:
    """How surely that share of slots means full, 0–1."""
    return degree(MIDDLE + (busy - FULL) / 0.025)


def _app(cut: Halves, parts: PoolParts, server: str, name: str) -> _App | None:
    busy, slots = busy_ratio(cut, name), cut.last(name, "slots")
    if busy is None or not slots:
        return None
    usual, rate, usual_rate = (
        usual_busy_ratio(cut, name),
        _rate(cut, parts, server, name, now=True),
        _rate(cut, parts, server, name, now=False),
    )
    if usual is None and parts.needs.service_time_ms and rate is not None:
        usual, usual_rate = min(1.0, rate * parts.needs.service_time_ms / 1000 / slots), rate
    explained = None
    if usual is not None and rate is not None and usual_rate:
        explained = usual * rate / usual_rate
        if parts.needs.service_time_ms:
            # A baseline that was slow already must not excuse what the needs do not allow; the declared time is rounded, so half more.
            explained = min(explained, 1.5 * rate * parts.needs.service_time_ms / 1000 / slots)
        excess_ms = _excess_database_ms(cut, name)
        if excess_ms is None:
            # Nothing completed: the database's part is unknown, and so is the server's own.
            return _App(name, busy, usual, None, 0.0)
        explained += max(excess_ms, 0.0) * STATEMENTS * rate / 1000 / slots
    return _App(name, busy, usual, explained, certainty(len(cut.now(name, "in_flight"))))


def _rate(cut: Halves, parts: PoolParts, server: str, name: str, now: bool) -> float | None:
    for component in (name, parts.servers[server]):
        counted = cut.counter_now(component, "requests_total") if now else cut.counter_normal(component, "requests_total")
        if counted is not None and counted[1] > 0:
            return counted[0] / counted[1]
    return None


def _excess_database_ms(cut: Halves, name: str) -> float | None:
    if cut.matrices.place(name, "database_ms") is None:
        return 0.0
    now, usual = cut.median_now(name, "database_ms"), cut.median_normal(name, "database_ms")
    return None if now is None else now - (usual if usual is not None else min(now, 2.0))


def _saturation(parts: PoolParts, apps: Mapping[str, _App]) -> Iterable[Sign]:
    ordered = sorted(apps.values(), key=lambda a: -a.busy)
    cold = ordered[-1]
    told = "in_flight / slots: " + ", ".join(f"{a.name} {a.busy:.0%}" for a in ordered[:8])
    for server, app in apps.items():
        rest = median(a.busy for s, a in apps.items() if s != server) if len(apps) > 1 else 1.0
        expected = "alike" if app.usual is None else round(app.usual, 2)
        label = f"share of {app.name}'s slots in use, the others' middle {rest:.0%}"
        yield Sign("one saturated", parts.servers[server], label, expected, round(app.busy, 3), full(app.busy) * (1 - full(rest)), told)
    usual_cold = "below 75 %" if cold.usual is None else round(cold.usual, 2)
    label = "share of slots in use at the least busy application"
    yield Sign("all saturated", parts.name, label, usual_cold, round(cold.busy, 3), full(cold.busy), told)


def _own_time(cut: Halves, parts: PoolParts, apps: Mapping[str, _App]) -> Iterable[Sign]:
    """Slots in use beyond what arrivals and database explain, per application, and of the middle one for all."""
    excess = {s: (a.busy - min(a.explained, 1.0), a) for s, a in apps.items() if a.explained is not None}
    scales = {s: _scales(cut, s, e, a) for s, (e, a) in excess.items()}
    if not scales:
        return
    for server, (_, app) in excess.items():
        others = [z for s, z in scales.items() if s != server]
        beyond = scales[server] - max(median(others), 0.0) if others else scales[server]
        yield _own_sign("own time one", parts.servers[server], app, beyond)
    middle = sorted(scales, key=lambda s: scales[s])[(len(scales) - 1) // 2]
    yield _own_sign("own time all", parts.name, excess[middle][1], scales[middle])


def _scales(cut: Halves, server: str, excess: float, app: _App) -> float:
    del server
    by_slots = 3 * excess / EXCESS
    moved = cut.shift(app.name, "response_ms", 5.0, 0.15)
    if moved is None or app.busy > 0.8 or app.explained is None or app.explained > 0.8:
        return by_slots
    if app.busy < IDLE * app.explained:
        # Work takes slots (Little's law): what answers late from an idle one waited for something else, such as a connection.
        return by_slots
    # Not crowded: the response time is the request's own, what the database added taken off.
    database = max(_excess_database_ms(cut, app.name) or 0.0, 0.0) * (STATEMENTS + 1)
    own = moved.observed - moved.expected - database
    return max(by_slots, own / max(0.15 * moved.expected, 5.0)) if own > 0 else by_slots


def _own_sign(name: str, component: str, app: _App, scales: float) -> Sign:
    observable = f"share of {app.name}'s slots in use, against what its arrivals and its database time explain"
    expected = round(min(app.explained or 0.0, 1.0), 3)
    return Sign(
        name, component, observable, expected, round(app.busy, 3), degree(scales, app.sure), "in_flight, slots, requests_total, database_ms"
    )


def _time_before(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Response time that the load balancer gained and the application behind did not, in milliseconds added, at the middle server."""
    added: dict[str, tuple[float, float]] = {}
    for server, component in parts.servers.items():
        outer = cut.shift(component, "response_ms", 10.0, 0.2)
        inner = cut.shift(parts.applications.get(server, ""), "response_ms", 10.0, 0.2)
        if outer is not None and inner is not None:
            # HAProxy's rtime is a mean over the last 1,024 requests and lags: what it says in the first seconds counts for less.
            sure = 0.8 * min(outer.certainty, inner.certainty)
            gained = outer.observed - outer.expected - max(inner.observed - inner.expected, 0.0)
            added[component] = gained, degree(gained / max(15.0, 0.3 * outer.expected), sure)
    if added:
        component = sorted(added, key=lambda c: added[c][0])[len(added) // 2]
        label = f"response time that the load balancer gained for {component} and its application did not, ms"
        gained, surely = added[component]
        yield Sign(
            "time before the application",
            parts.name,
            label,
            0.0,
            round(gained, 1),
            surely,
            "server response_ms less application response_ms",
        )


def _database_time(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    moved: dict[str, Shift] = {}
    for name in parts.applications.values():
        if (found := cut.shift(name, "database_ms", 2.0, 0.5, implied=2.0)) is not None:
            moved[name] = found
    if moved:
        # The middle application: a crowded one may look slow alone, a database is slow for all.
        name = sorted(moved, key=lambda n: moved[n].scales)[len(moved) // 2]
        at = moved[name]
        label = f"database time per statement as {name} sees it, ms"
        yield Sign(
            "database time", parts.name, label, round(at.expected, 2), round(at.observed, 2), at.degree_up, "application database_ms"
        )


def _database_errors(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """How many applications fail on the database: one alone has run out of its own pool, all have lost the database."""
    failing = {n: c[0] for n in parts.applications.values() if (c := cut.counter_now(n, "database_errors_total")) is not None}
    if not failing:
        return
    struck = sum(1 for rise in failing.values() if rise >= 1)
    sure = certainty(min(len(cut.now(n, "database_errors_total")) for n in failing))
    label = "applications with database errors"
    yield Sign(
        "database errors", parts.name, label, 0, struck, degree(6 * struck / len(failing), sure), "application database_errors_total"
    )
