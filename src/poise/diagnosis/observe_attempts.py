"""What becomes of attempts: retries that multiply them, a time limit that cuts them off, servers that live and are never reached."""

from collections.abc import Iterable, Mapping

from poise.balance.splits import limits_of
from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.presence import tells
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# Attempts beyond first ones that are still ordinary: a server that restarts costs as many.
USUAL_RETRIES = 0.03
# A limit that is less than twice an ordinary answer cuts the slower ones off: service times spread about as far as they are long.
ROOM = 2.0


def observe_attempts(cut: Halves) -> Iterable[Sign]:
    """All signs of what happens to attempts, by pool and by server."""
    for parts in pools(cut):
        yield from _retries(cut, parts)
        yield from _time_limit(cut, parts)
        yield from _unreached(cut, parts)
        yield from _silent(cut, parts)
        yield from _flaps(cut, parts)
        yield from _tls(cut, parts)


def _rate(counted: tuple[float, float] | None) -> float:
    return counted[0] / counted[1] if counted is not None and counted[1] > 0 else 0.0


def _retries(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Attempts again, as a part of all: by the load balancer's count of retries, per server or for the pool."""
    yield from _multiplied(cut, parts)
    rate = sum(_rate(cut.counter_now(c, "requests_total")) for c in parts.servers.values())
    again = [c for c in parts.servers.values() if cut.counter_now(c, "retries_total") is not None]
    if not again and cut.counter_now(parts.name, "retries_total") is not None:
        again = [parts.name]
    if not again or rate <= 0:
        return
    counted = [rise for c in again if (rise := cut.counter_now(c, "retries_total")) is not None]
    usual = sum(_rate(cut.counter_normal(c, "retries_total")) for c in again)
    share, before = sum(map(_rate, counted)) / rate, usual / rate
    label = f"attempts again per attempt in {parts.name}"
    surely = degree((share - before) / USUAL_RETRIES, certainty(int(max(seconds for _, seconds in counted))))
    yield Sign("retries", parts.name, label, round(before, 3), round(share, 3), surely, "retries_total, requests_total")


def _multiplied(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Attempts at the servers for each request that came in, against the same before: as listeners count, else as clients do."""
    attempts = sum(_rate(cut.counter_now(c, "requests_total")) for c in parts.servers.values())
    before = sum(_rate(cut.counter_normal(c, "requests_total")) for c in parts.servers.values())
    listeners = [c.name for c in cut.window.stack.of_kind("listener")]
    clients = [c.name for c in cut.window.stack.of_kind("client")]
    sent = sum(_rate(cut.counter_now(c, "requests_total")) for c in listeners)
    usual = sum(_rate(cut.counter_normal(c, "requests_total")) for c in listeners)
    if min(sent, usual) <= 0:
        sent = sum(cut.median_now(c, "requests_per_second") or 0.0 for c in clients)
        usual = sum(cut.median_normal(c, "requests_per_second") or 0.0 for c in clients)
    if min(attempts, before, sent, usual) <= 0:
        return
    now, normal = attempts / sent, before / usual
    samples = max(len(cut.now(c, "requests_total")) for c in parts.servers.values())
    label = f"attempts at servers of {parts.name} for each request that came in"
    surely = degree((now / normal - 1) / 0.08, certainty(samples))
    yield Sign("attempts", parts.name, label, round(normal, 2), round(now, 2), surely, "requests_total, requests_per_second")


def _time_limit(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """The time that the load balancer gives a server, against what an ordinary request takes it when nobody waits."""
    if parts.pool is None:
        return
    topology = next(t for t in cut.window.topologies if t.pool(parts.name) is parts.pool)
    limits = limits_of(topology, parts.pool)
    taken = _ordinary_ms(cut, parts)
    if limits is None or taken is None or limits.server_seconds == float("inf"):
        return
    given = 1000 * limits.server_seconds
    label = f"{limits.server_setting} of {parts.name}, ms, against an ordinary answer of {taken:.0f} ms"
    surely = degree(MIDDLE + 4 * (ROOM * taken / given - 1.25))
    yield Sign("time limit", parts.name, label, f"above {ROOM * taken:.0f}", round(given, 1), surely, "configuration, response_ms")


def _ordinary_ms(cut: Halves, parts: PoolParts) -> float | None:
    """What one request takes a server by itself, ms: declared, else the lesser of before and now, for a queue only adds to it."""
    if parts.needs.service_time_ms:
        return parts.needs.service_time_ms
    found = []
    for name in parts.applications.values():
        seen = [m for m in (cut.median_normal(name, "response_ms"), cut.median_now(name, "response_ms")) if m]
        found += [min(seen)] if seen else []
    return sorted(found)[len(found) // 2] if found else None


def _unreached(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Servers whose application is well and got requests before, and gets none now: attempts to them fail, or checks took them out."""
    for server, application in parts.applications.items():
        component = parts.servers[server]
        name = application if cut.counter_now(application, "requests_total") is not None else component
        came, before = cut.counter_lately(name, "requests_total"), cut.counter_normal(name, "requests_total")
        if came is None or _rate(before) < 0.2 or _taken_out(cut, parts, server) or not tells(cut, application):
            continue
        failed = cut.counter_now(component, "connection_errors_total")
        broken = _rate(failed) - _rate(cut.counter_normal(component, "connection_errors_total"))
        left = max(degree(6 * broken), 0.97 if cut.setting(component, "up") == 0.0 else 0.03)
        ratio = _rate(came) / _rate(before)
        surely = degree(MIDDLE + 8 * (0.3 - ratio), certainty(int(came[1]))) * left
        label = f"requests per second that reach {application}, which answers, while {component} is down or attempts fail"
        yield Sign("unreached", component, label, round(_rate(before), 2), round(_rate(came), 2), surely, "requests_total")


def _taken_out(cut: Halves, parts: PoolParts, server: str) -> bool:
    written = parts.pool.server(server) if parts.pool is not None else None
    if written is not None and (written.disabled or written.health is not None):
        return True
    return any((cut.setting(parts.servers[server], m) or 0.0) >= 0.5 for m in ("maintenance", "drain"))


def _silent(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Applications that told of themselves before the onset and do no more, while others do."""
    told = {s: a for s, a in parts.applications.items() if len(cut.normal(a, "in_flight")) or len(cut.normal(a, "requests_total"))}
    gone = sorted(s for s, a in told.items() if not tells(cut, a))
    middle = (cut.after[0] + cut.after[1]) / 2
    if cut.before is None or not told or not _anybody(cut, middle):
        return
    label = f"applications behind {parts.name} that tell nothing of themselves any more"
    yield Sign("applications silent", parts.name, label, 0, _names(gone), 0.97 if gone else 0.02, "application metrics")
    for server, application in told.items():
        component = parts.servers[server]
        done, failed = cut.counter_now(component, "requests_total"), cut.counter_now(component, "responses_5xx_total")
        if done is not None and failed is not None:
            ratio = failed[0] / max(done[0], failed[0], 5.0)
            label = f"5xx ratio of {component}, if {application} tells nothing of itself any more"
            surely = degree(MIDDLE + 12 * (ratio - 0.25)) if server in gone else 0.02
            yield Sign("silent and erring", component, label, 0, round(ratio, 3) if server in gone else 0, surely, "application metrics")


def _anybody(cut: Halves, since: float) -> bool:
    """Did a server, a database or a hop tell anything since then? Else poise itself did not look."""

    def newest() -> float:
        newest = 0.0
        for clock in cut.matrices.heard.of_kinds(("server", "database", "hop")):
            place = int(clock.seconds.searchsorted(cut.after[1], side="right")) - 1
            if place >= 0 and clock.seconds[place] >= since:
                newest = max(newest, float(clock.seconds[place]))
        return newest

    return cut.kept.memo.of("newest of others", (), newest) >= since


def _names(servers: list[str]) -> str | float:
    return f"{len(servers)}: {', '.join(servers[:4])}{' …' if len(servers) > 4 else ''}" if servers else 0


def _flaps(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Servers that went down and came back since the onset: a check on the edge, where a dead server stays down."""
    turns: Mapping[str, int] = {s: _turns(cut, c) for s, c in parts.servers.items() if len(cut.now(c, "up"))}
    if turns:
        worst = max(turns, key=lambda s: turns[s])
        label = f"times that {parts.name}/{worst} went down or came back since the onset"
        yield Sign("health flaps", parts.name, label, 0, turns[worst], 0.97 if turns[worst] > 2 else 0.03, "server up")


def _turns(cut: Halves, component: str) -> int:
    states = cut.now(component, "up") >= 0.5
    return int((states[1:] != states[:-1]).sum())


def _tls(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Whether a certificate stands between the load balancer and the servers at all."""
    if parts.pool is None:
        return
    routes = [r for t in cut.window.topologies for _, r in t.routes_to(parts.name)]
    transport = any(path.startswith("transport_socket") for path in parts.pool.options)
    spoken = transport or any("ssl" in s.options for s in parts.pool.servers) or any(r.tls for r in routes)
    label = f"what servers of {parts.name} are spoken to in"
    yield Sign("tls to servers", parts.name, label, "any", "TLS" if spoken else "plain", 0.98 if spoken else 0.02, "configuration")
