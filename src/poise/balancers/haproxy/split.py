"""How HAProxy splits a pool's traffic, from what the configuration says and which servers are up.

Sources: HAProxy's manual (`balance`, `hash-type`, `weight`, `backup`, `option allbackups`) and lb_*.c; every shape was measured on the
real binary (tests/live/test_conformance.py).
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

from poise.balancers.haproxy.backup_map import ALL_SLOTS, on_the_map, slots
from poise.balancers.haproxy.hashing import NODES_PER_WEIGHT, is_consistent, place, server_ids
from poise.balancers.haproxy.split_load import fill_first, least_connections
from poise.balancers.haproxy.values import integer
from poise.balancers.spill import spill
from poise.model.hashes import HAPROXY_HASHES
from poise.model.keys import Keys, Placed
from poise.model.split import Split
from poise.model.topology import Algorithm, Pool, Server

HTTP_ONLY = ("uri", "url_param", "hdr")
# Nobody declares how many distinct keys clients send. 100 equally popular ones scatter a quarter's share by 4 points; the measured
# dispersion of keyed traffic that facts report false alarms for is 4.
ASSUMED_KEYS = 100
KEYED_DISPERSION = 4.0
# A node's part of the ring has a coefficient of variation of 1/√2 (half of two exponential gaps), so m nodes scatter by 1/√(2m).
# random(2) over four equal servers whose arcs are off by up to 6.5 points: 59 % of that is left at 8 requests at once, 34 % at 24
# (HAProxy 2.6.12, 6,000 requests each), which is 1 / (1 + concurrency / (3 · servers)).
EVENING_PER_SERVER = 3.0


def eligible(pool: Pool, up: Callable[[Server], bool] | None = None, weights: Mapping[str, int] | None = None) -> Mapping[str, int]:
    """The servers that receive traffic now and their weights, in order.

    These are the active servers that are up and have a weight; if there is none, such backups: the first, all with `option allbackups`, and
    what a map holds of them where the algorithm has one.
    """
    active, backups = _able(pool, up, weights)
    if active or pool.all_backups:
        return active or backups
    return on_the_map(pool, backups, pool.algorithm.name in HAPROXY_HASHES and not _falls_back(pool))


def _able(pool: Pool, up: Callable[[Server], bool] | None, weights: Mapping[str, int] | None) -> tuple[dict[str, int], dict[str, int]]:
    """The active servers, and the backups, that are up and have a weight."""
    active: dict[str, int] = {}
    backups: dict[str, int] = {}
    for server in pool.servers:
        weight = server.weight if weights is None else weights.get(server.name, server.weight)
        if weight > 0 and not server.disabled and server.role != "disabled" and (up is None or up(server)):
            (backups if _is_backup(server) else active)[server.name] = weight
    return active, backups


def split(
    pool: Pool,
    up: Callable[[Server], bool] | None = None,
    weights: Mapping[str, int] | None = None,
    target: str | None = None,
    concurrency: float | None = None,
) -> Split:
    """The share of each server.

    `up` says which servers are up, all are without it; `weights` are the running weights where they differ from the file's; `target` is
    HAProxy's version; `concurrency` how many requests the pool holds at once, where known: leastconn, first and maxconn depend on it.
    """
    chosen = eligible(pool, up, weights)
    nothing = dict.fromkeys([s.name for s in pool.servers], 0.0)
    if not chosen:
        return Split(nothing, "exact", nothing, explanation="no server is up with a weight above 0: HAProxy answers 503 to every request")
    found = _among(pool, chosen, concurrency)
    note = _notes(pool, chosen)
    return Split(
        nothing | dict(found.shares),
        found.basis,
        nothing | dict(found.uncertainty),
        max(found.dispersion, KEYED_DISPERSION) if pool.persistence else found.dispersion,
        found.judged_by,
        "; ".join(filter(None, (found.explanation, note))),
        found.deterministic and not pool.persistence,
        found.limits,
    )


def placed(
    pool: Pool,
    keys: Keys,
    up: Callable[[Server], bool] | None = None,
    weights: Mapping[str, int] | None = None,
) -> Placed | None:
    """The server of each key, none for a key that cannot be computed; None altogether where no hash decides."""
    if not hash_decides(pool):
        return None
    configured = {s.name: _weight(s, weights) for s in pool.servers}
    active, backups = _able(pool, up, weights)
    if backups and not active and not pool.all_backups and pool.algorithm.name == ALL_SLOTS and not is_consistent(pool.algorithm):
        return place(pool, backups, keys, configured, slots(pool, backups))
    return place(pool, eligible(pool, up, weights), keys, configured)


def placement(
    pool: Pool,
    keys: Sequence[str],
    up: Callable[[Server], bool] | None = None,
    weights: Mapping[str, int] | None = None,
) -> Mapping[str, str | None] | None:
    """`placed`, as the server by key."""
    found = placed(pool, Keys(keys), up, weights)
    return None if found is None else found.by_key()


def hash_decides(pool: Pool) -> bool:
    """Whether a key decides which server a request gets, and poise can compute it."""
    algorithm = pool.algorithm
    if algorithm.name not in HAPROXY_HASHES or _falls_back(pool) or algorithm.hash_balance_factor:
        return False
    return not (is_consistent(algorithm) and _other_ring(pool))


def _weight(server: Server, weights: Mapping[str, int] | None) -> int:
    return server.weight if weights is None else weights.get(server.name, server.weight)


def _is_backup(server: Server) -> bool:
    return server.backup or server.role == "backup"


def _falls_back(pool: Pool) -> bool:
    """HAProxy deals in turn where the algorithm reads HTTP and the pool speaks TCP; newer versions warn."""
    return pool.mode == "tcp" and pool.algorithm.name in HTTP_ONLY


def _other_ring(pool: Pool) -> bool:
    """`hash-key addr` and the like (3.0 on) place nodes by address or name, which is not computed here."""
    return any(s.options.get("hash-key", "id") not in ("id", "id32") for s in pool.servers)


def _among(pool: Pool, chosen: Mapping[str, int], concurrency: float | None) -> Split:
    algorithm = pool.algorithm
    if len(chosen) == 1:
        only = next(iter(chosen))
        return Split({only: 1.0}, "exact", {only: 0.0}, 1.0, "requests", f"only {only} can serve", True)
    limits = {s.name: s.maxconn for s in pool.servers if s.name in chosen and s.maxconn}
    if algorithm.name == "leastconn":
        return least_connections_split(chosen, limits, concurrency)
    if algorithm.name == "sticky":
        # 3.0 on: the first server that can serve, until it cannot (configuration manual, balance).
        first = next(s.name for s in pool.servers if s.name in chosen)
        shares = {name: float(name == first) for name in chosen}
        return Split(shares, "exact", dict.fromkeys(chosen, 0.0), 1.0, "requests", f"{first} serves everything until it fails", True)
    if algorithm.name == "first":
        return _first(pool, chosen, limits, concurrency)
    if algorithm.name == "random":
        return _random(pool, algorithm, chosen, concurrency)
    if algorithm.name in HAPROXY_HASHES and not _falls_back(pool):
        return _hashed(pool, chosen)
    return _in_turn(pool, chosen, limits, concurrency)


def _by_weight(chosen: Mapping[str, int]) -> dict[str, float]:
    total = sum(chosen.values())
    return {name: weight / total for name, weight in chosen.items()}


def _in_turn(pool: Pool, chosen: Mapping[str, int], limits: Mapping[str, int], concurrency: float | None) -> Split:
    shares = _by_weight(chosen)
    zero = dict.fromkeys(shares, 0.0)
    name = pool.algorithm.name
    spilt = spill(shares, limits, concurrency) if concurrency else shares
    if any(abs(spilt[s] - shares[s]) > 1e-9 for s in shares):
        full = ", ".join(s for s in shares if spilt[s] < shares[s] - 1e-9)
        why = f"in turn by weight, but at {concurrency:.3g} requests at once {full} is full (maxconn) and passed over"
        # The limit bites while a server is full; below the declared load the plain weights hold. The truth lies between both.
        return Split(spilt, "expected", {s: abs(spilt[s] - shares[s]) / sqrt(12) for s in shares}, 1.0, "requests", why, False, limits)
    why = "in turn by weight: weight / sum of weights over any round"
    if name in HAPROXY_HASHES:
        why += f"; `balance {name}` reads HTTP, this pool is in mode tcp, so HAProxy deals in turn"
    return Split(shares, "exact", zero, 1.0, "requests", why, True, limits)


def least_connections_split(chosen: Mapping[str, int], limits: Mapping[str, int], concurrency: float | None) -> Split:
    """leastconn under equal service times: in-flight requests are proportional to weight when busy, and equal when idle.

    With equal weights both are the same. Else, without a known load, the busy share is named and the idle one is its uncertainty: the
    root mean square distance of a uniform range from its end is a third's root of its width.
    """
    shares = _by_weight(chosen)
    even = 1 / len(chosen)
    if concurrency is None:
        doubt = {s: abs(share - even) / sqrt(3) for s, share in shares.items()}
        why = "in-flight requests proportional to weight, service times taken as equal"
        if any(doubt.values()):
            why += "; with few requests at once the weights vanish and the split is even"
        return Split(shares, "expected", doubt, 1.0, "concurrency", why, False, limits)
    loaded = least_connections(chosen, limits, concurrency)
    doubt = {s: abs(loaded[s] - shares[s]) / sqrt(3) for s in shares}
    why = f"least in-flight requests per weight at {concurrency:.3g} requests at once, service times taken as equal"
    return Split(loaded, "expected", doubt, 1.0, "concurrency", why, False, limits)


def _first(pool: Pool, chosen: Mapping[str, int], limits: Mapping[str, int], concurrency: float | None) -> Split:
    ids = server_ids(pool)
    order = sorted(chosen, key=lambda name: ids[name])
    alone = {name: float(name == order[0]) for name in order}
    if order[0] not in limits:
        why = f"everything to {order[0]}, the first by id: it has no maxconn, so it is never full"
        return Split(alone, "exact", dict.fromkeys(order, 0.0), 1.0, "requests", why, True, limits)
    if concurrency is None:
        why = f"everything to {order[0]} until its maxconn of {limits[order[0]]}, then to the next; the load is not declared"
        return Split(alone, "expected", dict.fromkeys(order, 0.0), 1.0, "concurrency", why, False, limits)
    filled = fill_first(order, limits, concurrency)
    # An open stream of clients does not hold the same number at once: it varies by its own root.
    swung = [fill_first(order, limits, max(0.1, concurrency + sign * sqrt(concurrency))) for sign in (-1, 1)]
    doubt = {name: abs(swung[0][name] - swung[1][name]) / 4 for name in order}
    why = f"each server filled to its maxconn in the order of ids, at {concurrency:.3g} requests at once"
    return Split(filled, "expected", doubt, 1.0, "concurrency", why, False, limits)


def _ring_doubt(chosen: Mapping[str, int]) -> dict[str, float]:
    shares = _by_weight(chosen)
    return {s: share * sqrt((1 - share) / (2 * NODES_PER_WEIGHT * chosen[s])) for s, share in shares.items()}


def _random(pool: Pool, algorithm: Algorithm, chosen: Mapping[str, int], concurrency: float | None) -> Split:
    weighted = _by_weight(chosen)
    if _other_ring(pool):
        why = "drawn on a ring that follows `hash-key`: weight / sum of weights, give or take the ring's arcs"
        return Split(weighted, "expected", _ring_doubt(chosen), 1.0, "requests", why)
    arcs = _arcs(pool, chosen)
    arcs = {s: arcs[s] for s in chosen}
    draws = integer(algorithm.argument) if algorithm.argument else 2
    if draws == 1:
        return Split(
            arcs, "expected", dict.fromkeys(arcs, 0.0), 1.0, "requests", "one draw on the ring: each server's part of it, computed"
        )
    # Two draws tie while both servers are idle, and then the ring decides; when busy the less loaded one wins and evens the arcs out.
    kept = 0.5 if concurrency is None else 1 / (1 + concurrency / (EVENING_PER_SERVER * len(chosen)))
    mixed = {s: weighted[s] + kept * (arcs[s] - weighted[s]) for s in arcs}
    # Without a known load anything between both is possible; with one, a quarter of what is evened out is left to doubt.
    spread = 1 / sqrt(12) if concurrency is None else (1 - kept) / 4
    doubt = {s: abs(arcs[s] - weighted[s]) * spread for s in arcs}
    why = f"the less loaded of {draws} draws: between each server's part of the ring (idle) and weight / sum of weights (busy)"
    return Split(mixed, "expected", doubt, 1.0, "requests", why)


def _hashed(pool: Pool, chosen: Mapping[str, int]) -> Split:
    algorithm = pool.algorithm
    shares = _by_weight(chosen)
    doubt = dict.fromkeys(shares, 0.0)
    why = f"a hash of `{algorithm.name}` decides: weight / sum of weights over many equally popular keys"
    if is_consistent(algorithm) and not _other_ring(pool):
        arcs = _arcs(pool, chosen)
        shares = {s: arcs[s] for s in chosen}
        why = f"a hash of `{algorithm.name}` decides: each server's part of the ring, over many equally popular keys"
    elif is_consistent(algorithm):
        doubt = _ring_doubt(chosen)
    doubt = {s: sqrt(doubt[s] ** 2 + share * (1 - share) / ASSUMED_KEYS) for s, share in shares.items()}
    why += f"; how many keys and how hot is not known, {ASSUMED_KEYS} are assumed. A request without a key is dealt in turn"
    return Split(shares, "expected", doubt, KEYED_DISPERSION, "keys", why)


def _notes(pool: Pool, chosen: Mapping[str, int]) -> str:
    notes = []
    if all(_is_backup(s) for s in pool.servers if s.name in chosen):
        which = "all backups do" if pool.all_backups else "only the first backup does"
        if not pool.all_backups and pool.algorithm.name == "static-rr":
            which = "backups do, in as many turns as the first has weight"
        notes.append(f"no active server can serve: {which}")
    if pool.persistence:
        notes.append("clients that are already bound keep their server whatever the split says")
    if pool.use_server:
        notes.append("`use-server` sends matching requests past the split")
    return "; ".join(notes)


def _weights(pool: Pool) -> dict[str, int]:
    return {s.name: s.weight for s in pool.servers if s.weight > 0}


def _arcs(pool: Pool, chosen: Mapping[str, int]) -> Mapping[str, float]:
    # numpy takes longer to import than most forecasts take to compute: only a ring pays for it.
    from poise.balancers.haproxy.ring import ring  # noqa: PLC0415

    # Whoever can serve at all is on the whole ring, from which that of those who serve now is taken.
    able = pool.once("weights", _weights) | dict(chosen)
    arcs = ring(able, pool.once("server ids", server_ids)).arcs_among(chosen)
    return {name: arcs[name] for name in chosen}
