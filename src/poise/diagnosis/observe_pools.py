"""What the load balancer's pools show: shares against wishes and weights, states, errors, queues and limits."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from poise.balance.expected import predicted, wanted
from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.presence import gone
from poise.diagnosis.shift import certainty, degree
from poise.faults.sign import Sign
from poise.model.hashes import ENVOY_HASHES, HAPROXY_HASHES, NGINX_HASHES

# Half the sum of |share - wanted| where "off" and "as wanted" are equally likely is 3 of these: 0.06, a fifth of one of four servers.
SHARE_SCALE = 0.02
# Half of requests to one server more or less decides nothing below this many requests.
FEW_REQUESTS = 20
BEFORE = "as before the onset"
# How much of its certainty a file's weight keeps where no request was counted.
UNSEEN = 0.3
# Algorithms that may send every request to one server and be right.
STICKING = frozenset({*HAPROXY_HASHES, *NGINX_HASHES, *ENVOY_HASHES, "first", "log-hash"})


def observe_pools(cut: Halves) -> Iterable[Sign]:
    """All signs of all pools."""
    for parts in pools(cut):
        up = _up(cut, parts)
        yield from _states(cut, parts, up)
        yield from _distribution(cut, parts, up)
        yield from _errors(cut, parts)


def _up(cut: Halves, parts: PoolParts) -> tuple[str, ...]:
    """Servers that may get traffic, in order: not down, not in maintenance, not a backup beside active ones."""
    ready = {s for s, c in parts.servers.items() if cut.setting(c, "up") != 0.0 and not _out(cut, parts, s)}
    backup = {s for s in ready if (cut.setting(parts.servers[s], "backup") or 0.0) >= 0.5}
    some = ready - backup or backup
    return tuple(s for s in parts.servers if s in some)


def _out(cut: Halves, parts: PoolParts, server: str) -> bool:
    """Did somebody take it out: at run time, or in the file where the running state says nothing else?"""
    told = [v for m in ("maintenance", "drain") if (v := cut.setting(parts.servers[server], m)) is not None]
    return any(v >= 0.5 for v in told) if told else _out_in_file(cut, parts, server)


def _out_in_file(cut: Halves, parts: PoolParts, server: str) -> bool:
    written = parts.pool.server(server) if parts.pool is not None else None
    return (
        written is not None
        and (written.disabled or written.health in ("DRAINING", "UNHEALTHY"))
        and cut.setting(parts.servers[server], "up") != 1.0
    )


def _states(cut: Halves, parts: PoolParts, up: Collection[str]) -> Iterable[Sign]:
    out = sorted(s for s in parts.servers if _out(cut, parts, s))
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


def _distribution(cut: Halves, parts: PoolParts, up: Sequence[str]) -> Iterable[Sign]:
    if len(up) < 2:
        return
    running, written = _measured(cut, parts, up, "weight"), _written(cut, parts, up)
    aim, trust, why = _aim(cut, parts, up)
    counts, seconds = _arrivals(cut, parts)
    total = sum(counts.get(s, 0.0) for s in up)
    yield from _weight_signs(parts, up, running, "weights", "running weight", aim, trust, why)
    # What a file says is no traffic: where no share was measured, nobody saw that it does harm.
    believed = trust if total > 0 else trust * UNSEEN
    if len(running) < len(up) or running == written:
        # A file that says otherwise than what runs neither made the shares nor excuses them.
        yield from _weight_signs(parts, up, written, "file weights", "weight in the file", aim, believed, why)
    if total <= 0:
        return
    shares = {s: counts.get(s, 0.0) / total for s in up}
    sure = certainty(len(cut.now(parts.servers[next(iter(up))], "requests_total"))) * min(1.0, total / FEW_REQUESTS)
    told = f"requests_total over {seconds:.0f} s: " + _listed(shares)
    # The share of one server of K over n requests strays by sqrt(share / n); three of those are no unevenness.
    stray = (max(aim.values()) / total) ** 0.5
    scale = max(SHARE_SCALE, stray)
    yield _share_sign("shares", f"share of {{}} of {parts.name}, {why}", parts, shares, aim, scale, sure * trust, told)
    if parts.pool is None:
        return
    forecast = predicted(parts.pool, up, {s: int(w) for s, w in {**written, **running}.items()})
    if forecast is not None:
        label = f"share of {{}} of {parts.name}, as its weight and the algorithm predict"
        strays = scale * forecast.dispersion**0.5
        yield _share_sign("unexplained shares", label, parts, shares, forecast.shares, strays, sure, told)
    algorithm = parts.pool.algorithm.name
    sticks = algorithm in STICKING or (parts.pool.persistence is not None and not parts.needs.sticky)
    pinned = degree(max(abs(shares[s] - aim.get(s, 0.0)) for s in up) / SHARE_SCALE, sure) if sticks else 0.02
    yield Sign("hash pins", parts.name, f"algorithm of {parts.name}", "spreads every request", algorithm, pinned, "configuration")


def _aim(cut: Halves, parts: PoolParts, up: Sequence[str]) -> tuple[Mapping[str, float], float, str]:
    """The shares that ought to be, the trust in that 0–1, and the words why: the needs, else what was before, else the file, else even."""
    if parts.pool is not None and (declared := wanted(parts.pool, parts.needs, up)) is not None:
        return declared, 1.0, "as the needs want"
    if cut.before is not None:
        rates = {s: r[0] for s in up if (r := cut.counter_normal(parts.servers[s], "requests_total")) is not None}
        if sum(rates.values()) > 5 * FEW_REQUESTS and len(rates) == len(up):
            return {s: r / sum(rates.values()) for s, r in rates.items()}, 0.9, BEFORE
    return {s: 1 / len(up) for s in up}, 0.6, "even, nothing is declared"


def _measured(cut: Halves, parts: PoolParts, up: Collection[str], metric: str) -> dict[str, float]:
    return {server: value for server in up if (value := cut.setting(parts.servers[server], metric)) is not None}


def _written(cut: Halves, parts: PoolParts, up: Collection[str]) -> dict[str, float]:
    """Weights as the file has them: as they were scraped at that time, else as the file was read."""
    found = _measured(cut, parts, up, "file_weight")
    for server in up:
        if parts.pool is not None and (written := parts.pool.server(server)) is not None:
            found.setdefault(server, float(written.weight))
    return found


def _weight_signs(
    parts: PoolParts,
    up: Sequence[str],
    weights: Mapping[str, float],
    name: str,
    words: str,
    aim: Mapping[str, float],
    trust: float,
    why: str,
) -> Iterable[Sign]:
    """Weights are read, not estimated: they are judged at full certainty, on the shares they would give."""
    total = sum(weights.values())
    if len(weights) < len(up) or total <= 0:
        return
    gives = {s: w / total for s, w in weights.items()}
    if why == BEFORE and sum(abs(gives[s] - aim.get(s, 0.0)) for s in gives) / 2 < 2 * SHARE_SCALE:
        # The weights give what they gave before, and nobody says what ought to be: that is no proof that they are right.
        return
    told = f"{words}s " + ", ".join(f"{s} {weights[s]:g}" for s in sorted(weights)[:8])
    yield _share_sign(name, f"share of {{}} of {parts.name} that its {words} gives, {why}", parts, gives, aim, SHARE_SCALE, trust, told)


def _share_sign(
    name: str, label: str, parts: PoolParts, shares: Mapping[str, float], aim: Mapping[str, float], scale: float, trust: float, source: str
) -> Sign:
    """The sign of the server that has most too much; its degree from half the sum of all differences."""
    moved = sum(abs(shares.get(s, 0.0) - aim.get(s, 0.0)) for s in {*shares, *aim}) / 2
    furthest = max(shares, key=lambda s: shares[s] - aim.get(s, 0.0))
    expected, observed = round(aim.get(furthest, 0.0), 4), round(shares[furthest], 4)
    return Sign(name, parts.name, label.format(furthest), expected, observed, degree(moved / scale, trust), source)


def _arrivals(cut: Halves, parts: PoolParts) -> tuple[dict[str, float], float]:
    """Requests that arrived at each server since the onset: counted ones, and the rise of those in flight or queued, so that a server
    that answers late is not taken for one that gets less."""
    counts, longest = {}, 0.0
    for server, component in parts.servers.items():
        counted = cut.counter_now(component, "requests_total")
        if counted is None:
            continue
        waiting = 0.0
        for metric in ("in_flight", "queue"):
            now, normal = cut.last(component, metric), cut.median_normal(component, metric)
            waiting += max((now or 0.0) - (normal or 0.0), 0.0) if cut.before is not None else 0.0
        counts[server] = counted[0] + waiting
        longest = max(longest, counted[1])
    return counts, longest


def _listed(shares: Mapping[str, float]) -> str:
    ordered = sorted(shares, key=lambda s: -shares[s])
    return ", ".join(f"{s} {shares[s]:.1%}" for s in ordered[:8]) + (" …" if len(ordered) > 8 else "")


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
