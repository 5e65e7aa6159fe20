"""How requests are spread over the servers of a pool, and what weights would spread them: against wishes, and against the past."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf

from poise.balance.expected import predicted, wanted
from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.serving import active, serving
from poise.diagnosis.shift import certainty, degree
from poise.faults.sign import Sign
from poise.model.hashes import ENVOY_HASHES, HAPROXY_HASHES, NGINX_HASHES

# Half the sum of |share - wanted| where "off" and "as wanted" are equally likely is 3 of these: 0.06, a fifth of one of four servers.
SHARE_SCALE, OF_FOUR = 0.02, 0.25
# Half of requests to one server more or less decides nothing below this many requests.
FEW_REQUESTS = 20
BEFORE = "as before the onset"
# How much of its certainty a file's weight keeps where no request was counted.
UNSEEN = 0.3
# Algorithms that may send every request to one server and be right.
STICKING = frozenset({*HAPROXY_HASHES, *NGINX_HASHES, *ENVOY_HASHES, "first", "log-hash"})


def observe_shares(cut: Halves) -> Iterable[Sign]:
    """All signs of all pools."""
    for parts in pools(cut):
        yield from _distribution(cut, parts, serving(cut, parts))


def _distribution(cut: Halves, parts: PoolParts, up: Sequence[str]) -> Iterable[Sign]:
    counts, seconds = _arrivals(cut, parts)
    total = sum(counts.get(s, 0.0) for s in up)
    yield from _weights(cut, parts, total > 0)
    if len(up) < 2 or total <= 0:
        return
    running, written = _measured(cut, parts, up, "weight"), _written(cut, parts, up)
    aim, trust, why = _aim(cut, parts, up)
    shares = {s: counts.get(s, 0.0) / total for s in up}
    sure = certainty(len(cut.now(parts.servers[next(iter(up))], "requests_total"))) * min(1.0, total / FEW_REQUESTS)
    told = f"requests_total over {seconds:.0f} s: " + _listed(shares)
    # The share of one server of K over n requests strays by sqrt(share / n); three of those are no unevenness.
    stray = (max(aim.values()) / total) ** 0.5
    scale = max(SHARE_SCALE, stray)
    yield _share_sign("shares", f"share of {{}} of {parts.name}, {why}", parts, shares, aim, scale, sure * trust, told, total)
    if parts.pool is None:
        return
    forecast = predicted(parts.pool, up, {s: int(w) for s, w in {**written, **running}.items()})
    if forecast is not None:
        label = f"share of {{}} of {parts.name}, as its weight and the algorithm predict"
        strays = scale * forecast.dispersion**0.5
        yield _share_sign("unexplained shares", label, parts, shares, forecast.shares, strays, sure, told, total / forecast.dispersion)
    algorithm = parts.pool.algorithm.name
    sticks = algorithm in STICKING or (parts.pool.persistence is not None and not parts.needs.sticky)
    pinned = degree(max(abs(shares[s] - aim.get(s, 0.0)) for s in up) / SHARE_SCALE, sure) if sticks else 0.02
    yield Sign("hash pins", parts.name, f"algorithm of {parts.name}", "spreads every request", algorithm, pinned, "configuration")


def _weights(cut: Halves, parts: PoolParts, counted: bool) -> Iterable[Sign]:
    """Weights are settings, whichever servers are up just now: one that its weight crowds is the first that a load balancer leaves out."""
    ought = active(cut, parts)
    if len(ought) < 2:
        return
    running, written = _measured(cut, parts, ought, "weight"), _written(cut, parts, ought)
    aim, trust, why = _aim(cut, parts, ought)
    yield from _weight_signs(parts, ought, running, "weights", "running weight", aim, trust, why)
    # What a file says is no traffic: where no share was measured, nobody saw that it does harm.
    believed = trust if counted else trust * UNSEEN
    if len(running) < len(ought) or running == written:
        # A file that says otherwise than what runs neither made the shares nor excuses them.
        yield from _weight_signs(parts, ought, written, "file weights", "weight in the file", aim, believed, why)


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
    name: str,
    label: str,
    parts: PoolParts,
    shares: Mapping[str, float],
    aim: Mapping[str, float],
    scale: float,
    trust: float,
    source: str,
    requests: float = inf,
) -> Sign:
    """The sign of the server that has most too much; its degree from half the sum of all differences, and from what that one has more of
    its own part. `requests`: how many the shares were counted of."""
    moved = sum(abs(shares.get(s, 0.0) - aim.get(s, 0.0)) for s in {*shares, *aim}) / 2
    furthest = max(shares, key=lambda s: shares[s] - aim.get(s, 0.0))
    expected, observed = round(aim.get(furthest, 0.0), 4), round(shares[furthest], 4)
    scales = moved / scale
    if (part := aim.get(furthest, 0.0)) > 0:
        # Twice its part is as much for one of twelve servers as for one of four, though it moves a third as many of all requests.
        beyond, strays = (shares[furthest] - part) * OF_FOUR / part, (part / requests) ** 0.5 * OF_FOUR / part
        scales = max(scales, beyond / max(scale, strays))
    return Sign(name, parts.name, label.format(furthest), expected, observed, degree(scales, trust), source)


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
