"""What the load balancer's pools show: states and errors of their servers."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.presence import gone
from poise.diagnosis.serving import serving, taken_out
from poise.diagnosis.shift import certainty, degree
from poise.faults.sign import Sign


def observe_pools(cut: Halves) -> Iterable[Sign]:
    """All signs of all pools."""
    for parts in pools(cut):
        yield from _states(cut, parts, serving(cut, parts))
        yield from _errors(cut, parts)


def _states(cut: Halves, parts: PoolParts, up: Collection[str]) -> Iterable[Sign]:
    out = sorted(s for s in parts.servers if taken_out(cut, parts, s))
    known = {s: c for s, c in parts.servers.items() if s in out or cut.setting(c, "up") is not None}
    if not known:
        return
    down = sorted(s for s, c in known.items() if s not in out and (cut.setting(c, "up") or 0.0) < 0.5)
    source = f"state of {len(known)} servers of pool {parts.name}"
    alone = 1.0 if len(up) == 1 and len(known) > 1 else 0.75
    told = any(cut.setting(c, m) is not None for c in parts.servers.values() for m in ("maintenance", "drain"))
    if out or told or not down:
        # Where nothing tells why servers are not up, maintenance is not ruled out.
        label = f"servers of {parts.name} in maintenance or drained"
        yield Sign("maintenance", parts.name, label, 0, _names(out), alone * 0.99 if out else 0.01, source)
    if out:
        few = 0.98 if 2 * len(out) < len(known) else 0.02
        yield Sign("few out", parts.name, f"servers of {parts.name} that somebody took out, of {len(known)}", 0, len(out), few, source)
    yield Sign(
        "servers down", parts.name, f"servers of {parts.name} that checks removed", 0, _names(down), _still(cut, parts, down), source
    )
    yield from _checks_refused(cut, parts, down)
    all_down = bool(down) and not up
    yield Sign(
        "pool down", parts.name, f"servers of {parts.name} that may get traffic", len(known), len(up), 0.99 if all_down else 0.01, source
    )


def _still(cut: Halves, parts: PoolParts, down: Sequence[str]) -> float:
    """A server that went away and is back was restarted, as deploys do: alone it is no fault."""
    if not down:
        return 0.01
    if parts.pool is not None and not any(s.check for s in parts.pool.servers):
        # Nothing checks: the load balancer itself turned away after failures, which are a consequence as often as a cause. Not so where
        # nobody else finds it there either.
        return 0.97 if any(gone(cut, parts, s) for s in down) else 0.6
    back = all(cut.window.get(parts.servers[s], "up").last() == 1.0 for s in down)
    return 0.6 if back and len(down) < len(parts.servers) else 0.99


def _checks_refused(cut: Halves, parts: PoolParts, down: Sequence[str]) -> Iterable[Sign]:
    """Did the checks that removed servers get a connection at all? Only checks of the port that serves tell: a check that goes elsewhere
    is refused there whatever the server does."""
    refused = {}
    for server in down:
        written = parts.pool.server(server) if parts.pool is not None else None
        elsewhere = written is None or written.check is None or written.check.port is not None or written.check.address is not None
        value = cut.setting(parts.servers[server], "check_refused")
        if value is not None and not elsewhere:
            refused[server] = value >= 0.5
    if refused:
        none = sorted(s for s, yes in refused.items() if yes)
        label = f"servers of {parts.name} that refuse the checks' connections"
        yield Sign("checks refused", parts.name, label, 0, _names(none), 0.98 if len(none) == len(refused) else 0.02, "check_status")


def _names(servers: list[str]) -> str | float:
    return f"{len(servers)}: {', '.join(servers[:4])}{' …' if len(servers) > 4 else ''}" if servers else 0


def _errors(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    ratios: dict[str, float] = {}
    broken, attempts, seconds = 0.0, 0.0, 0.0
    for server, component in parts.servers.items():
        done, failed = cut.counter_now(component, "requests_total"), cut.counter_now(component, "responses_5xx_total")
        if done is not None and failed is not None:
            ratios[server] = failed[0] / max(done[0], failed[0], 5.0)
        for metric in ("connection_errors_total", "redispatches_total", "response_errors_total"):
            counted, usual = cut.counter_now(component, metric), cut.counter_normal(component, metric)
            if counted is not None:
                rate = usual[0] / usual[1] if usual is not None and usual[1] > 0 else 0.0
                broken += max(counted[0] - rate * counted[1], 0.0)
                seconds = max(seconds, counted[1])
        attempts += done[0] if done is not None else 0.0
    if seconds > 0:
        yield Sign(
            "connection errors",
            parts.name,
            f"failed connects and redispatches per second of {parts.name}, above the usual",
            0,
            round(broken / seconds, 2),
            degree(broken / max(1.0, 0.003 * attempts), certainty(int(seconds))),
            "connection_errors_total, redispatches_total",
        )
    yield from _server_errors(parts, ratios, int(seconds) or 3)


def _server_errors(parts: PoolParts, ratios: Mapping[str, float], samples: int) -> Iterable[Sign]:
    if not ratios:
        return
    ordered = sorted(ratios.values())
    least, sure = ordered[0], certainty(samples)
    yield Sign(
        "errors everywhere",
        parts.name,
        f"least 5xx ratio among the servers of {parts.name}",
        0,
        round(least, 4),
        degree(least / 0.01, sure),
        "responses_5xx_total",
    )
    erring = sorted(s for s, r in ratios.items() if r > 0.02)
    if len(ratios) > 2:
        label = f"servers of {parts.name} that answer with errors"
        several = degree(3 + 4 * (len(erring) - 1.5), sure)
        yield Sign("several err", parts.name, label, "at most 1", _names(erring), several, "responses_5xx_total")
    for server, ratio in ratios.items():
        others = [r for s, r in ratios.items() if s != server]
        peer = sorted(others)[len(others) // 2] if others else 0.0
        observable = f"5xx ratio of {parts.name}/{server} against its peers"
        yield Sign(
            "server errors",
            parts.servers[server],
            observable,
            round(peer, 4),
            round(ratio, 4),
            degree((ratio - peer) / 0.01, sure),
            "responses_5xx_total",
        )
