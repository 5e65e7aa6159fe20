"""How nginx splits a pool's traffic, from what the configuration says and which servers are up.

Sources: nginx's documentation of the upstream modules and ngx_http_upstream_*_module.c; every shape was measured on the real binary
(tests/balancers/nginx/test_nginx_split_live.py).
"""

from collections.abc import Mapping
from math import sqrt

from poise.balancers.nginx.eligible import eligible
from poise.balancers.nginx.hash_limits import POINTS_PER_WEIGHT
from poise.balancers.nginx.placement import Up, constant, hash_values, looks_at_address, parts
from poise.balancers.spill import spill
from poise.model.split import Split
from poise.model.topology import Pool

# How many distinct keys clients send is not declared: as for HAProxy's hashes.
ASSUMED_KEYS = 100
KEYED_DISPERSION = 4.0
# What `random two` keeps of its idle split when busy: see _random.
EVENING_PER_SERVER = 0.5
# From this distance on a server's share is not its weight's.
UNEVEN = 0.005


def split(
    pool: Pool,
    up: Up | None = None,
    weights: Mapping[str, int] | None = None,
    target: str | None = None,
    concurrency: float | None = None,
) -> Split:
    """The share of each server; `concurrency` is how many requests the pool holds at once, where known. See the HAProxy module's."""
    chosen = eligible(pool, up, weights)
    nothing = dict.fromkeys([s.name for s in pool.servers], 0.0)
    if not chosen:
        return Split(nothing, "exact", nothing, explanation="no server is up: nginx answers 502 to every request")
    if len(chosen) > 1 and (pool.algorithm.name == "ip_hash" or (pool.algorithm.name == "hash" and _key(pool))):
        found = _hashed(pool, chosen, up, weights)
    else:
        found = _among(pool, chosen, concurrency)
    return Split(
        nothing | dict(found.shares),
        found.basis,
        nothing | dict(found.uncertainty),
        max(found.dispersion, KEYED_DISPERSION) if pool.persistence else found.dispersion,
        found.judged_by,
        "; ".join(filter(None, (found.explanation, _notes(pool, chosen)))),
        found.deterministic and not pool.persistence,
        found.limits,
    )


def hashes_address(pool: Pool) -> bool:
    """Whether the client's address alone decides which server it gets."""
    return looks_at_address(pool)


def bound_by(pool: Pool) -> str | None:
    """The words that tie a client to one server, None where nothing does."""
    if pool.persistence:
        return pool.persistence
    if pool.algorithm.name == "hash":
        return f"hash {pool.algorithm.argument or ''}".strip() if "$" in _key(pool) else None
    return pool.algorithm.name if pool.algorithm.name == "ip_hash" else None


def _key(pool: Pool) -> str:
    return pool.algorithm.argument or ""


def _among(pool: Pool, chosen: Mapping[str, int], concurrency: float | None) -> Split:
    name = pool.algorithm.name
    if len(chosen) == 1:
        only = next(iter(chosen))
        return Split({only: 1.0}, "exact", {only: 0.0}, 1.0, "requests", f"only {only} can serve", True)
    limits = {s.name: s.maxconn for s in pool.servers if s.name in chosen and s.maxconn}
    if name in ("least_conn", "least_time"):
        return _least(name, chosen, limits, concurrency)
    if name == "random":
        return _random(pool, chosen, concurrency)
    return _in_turn(pool, chosen, limits, concurrency)


def _by_weight(chosen: Mapping[str, int]) -> dict[str, float]:
    total = sum(chosen.values())
    return {name: weight / total for name, weight in chosen.items()}


def _in_turn(pool: Pool, chosen: Mapping[str, int], limits: Mapping[str, int], concurrency: float | None) -> Split:
    shares = _by_weight(chosen)
    # Without a zone every worker deals on its own and begins at the first server: its counts are off by a request for each worker.
    shared = "zone" in pool.options
    spilt = spill(shares, limits, concurrency) if concurrency and shared else shares
    if any(abs(spilt[s] - shares[s]) > 1e-9 for s in shares):
        full = ", ".join(s for s in shares if spilt[s] < shares[s] - 1e-9)
        why = f"in turn by weight, but at {concurrency:.3g} requests at once {full} is full (max_conns) and passed over"
        return Split(spilt, "expected", {s: abs(spilt[s] - shares[s]) / sqrt(12) for s in shares}, 1.0, "requests", why, False, limits)
    why = "in turn by weight: weight / sum of weights over any round"
    if pool.algorithm.name == "hash":
        why += "; an empty hash key is dealt in turn"
    if not shared:
        why += "; each worker deals on its own (no zone)"
    return Split(shares, "exact", dict.fromkeys(shares, 0.0), 1.0, "requests", why, shared, limits)


def _least(name: str, chosen: Mapping[str, int], limits: Mapping[str, int], concurrency: float | None) -> Split:
    """In-flight requests proportional to weight; ties are dealt by weight, so an idle pool follows the weights too.

    In between whole requests cannot: 3/1/1 at 1, 2 and 24 at once measured 60, 50 and 58 % for the first. A uniform range from there to
    the weights has a standard error of 0.375 / √12 of the distance to an even split.
    """
    shares = _by_weight(chosen)
    even = 1 / len(chosen)
    loaded = spill(shares, limits, concurrency) if concurrency else shares
    doubt = {s: abs(share - even) * 0.375 / sqrt(12) for s, share in shares.items()}
    why = "in-flight requests proportional to weight, service times taken as equal"
    if name == "least_time":
        why += "; a faster server gets more, how much is not known"
        doubt = {s: max(doubt[s], share / sqrt(12)) for s, share in shares.items()}
    return Split(loaded, "expected", doubt, 1.0, "concurrency", why, False, limits)


def _random(pool: Pool, chosen: Mapping[str, int], concurrency: float | None) -> Split:
    weighted = _by_weight(chosen)
    zero = dict.fromkeys(weighted, 0.0)
    if not (pool.algorithm.argument or "").startswith("two"):
        return Split(weighted, "expected", zero, 1.0, "requests", "drawn by weight, each request on its own")
    # Two different servers are drawn by weight and the second is kept unless it is busier: idle, a server's share is the chance to come
    # second, Σ w_j / W · w_i / (W − w_j). 5/1/1 measured 23.5/37.4/39.1 of 2,800 one at a time, computed 23.8/38.1/38.1.
    total = sum(chosen.values())
    before = {s: w / (total - w) for s, w in chosen.items()}
    all_before = sum(before.values())
    idle = {s: w / total * (all_before - before[s]) for s, w in chosen.items()}
    kept = 0.5 if concurrency is None else 1 / (1 + max(0.0, concurrency - 1) / (EVENING_PER_SERVER * len(chosen)))
    mixed = {s: weighted[s] + kept * (idle[s] - weighted[s]) for s in weighted}
    # Weights 3/1/1 measured at 2, 4, 8, 16 and 32 at once keep 79, 28, 23, 8 and 5 % of the distance; this curve says 60, 33, 18, 9 and 5.
    spread = 1 / sqrt(12) if concurrency is None else 0.8 * kept * (1 - kept)
    doubt = {s: abs(idle[s] - weighted[s]) * spread for s in weighted}
    why = "the less loaded of two draws by weight: the lighter server when idle, weight / sum of weights when busy"
    return Split(mixed, "expected", doubt, 1.0, "requests", why)


def _hashed(pool: Pool, chosen: Mapping[str, int], up: Up | None, weights: Mapping[str, int] | None) -> Split:
    shares = _by_weight(chosen)
    if pool.algorithm.name == "hash" and "$" not in _key(pool):
        why = f"the hash key `{_key(pool)}` is the same for all requests: one server gets them all"
        if only := constant(pool, up, weights):
            shares = {s: float(s == only) for s in chosen}
            return Split(shares, "exact", dict.fromkeys(chosen, 0.0), 1.0, "keys", f"{why}, {only}", True)
        why += ", which one is not computed"
        return Split(shares, "expected", {s: sqrt(p * (1 - p)) for s, p in shares.items()}, KEYED_DISPERSION, "keys", why)
    what = "ip_hash" if pool.algorithm.name == "ip_hash" else f"hash {_key(pool)}"
    computed = parts(pool, up, weights)
    shares = shares if computed is None else {s: computed.get(s, 0.0) for s in chosen}
    doubt = dict.fromkeys(shares, 0.0)
    part = "weight / sum of weights"
    if pool.algorithm.hash_method == "consistent" and computed is None:
        # The gaps of a ring are exponential, so m points scatter by 1/√m.
        doubt = {s: share * sqrt((1 - share) / (POINTS_PER_WEIGHT * chosen[s])) for s, share in shares.items()}
    elif pool.algorithm.hash_method == "consistent":
        part = "each server's part of the ring"
    elif computed and any(abs(share - computed.get(s, 0.0)) > UNEVEN for s, share in _by_weight(chosen).items()):
        part = f"the weights come near or above the {hash_values(pool)} values that the hash has, so the first servers get more than theirs"
    again = _hashed_again(pool, chosen)
    total = sum(chosen.values())
    if again:
        doubt = {s: sqrt(doubt[s] ** 2 + again * (q := weight / total) * (1 - q)) for s, weight in chosen.items()}
    doubt = {s: sqrt(doubt[s] ** 2 + share * (1 - share) / ASSUMED_KEYS) for s, share in shares.items()}
    why = f"`{what}` decides: {part}, over many equally popular keys; how many keys and how hot is not known, {ASSUMED_KEYS} are assumed"
    if again:
        why += "; keys of one length that find a server which is out may all go to one other"
    if pool.algorithm.name == "ip_hash":
        why += "; IPv4 clients of one /24 network share a key"
    return Split(shares, "expected", doubt, KEYED_DISPERSION, "keys", why)


def _hashed_again(pool: Pool, chosen: Mapping[str, int]) -> float:
    """The square of the part of the keys that find a server which is out, as far as they may all go to the same other server."""
    total = sum(s.weight for s in pool.servers if not s.backup)
    out = max(0.0, 1 - sum(chosen.values()) / total) if total else 0.0
    return out**2 * same_other(pool)


def same_other(pool: Pool) -> float:
    """How far keys that find a server which is out, or full, may all go to the same other: 0 not at all, 1 all of them.

    They are hashed again with a digit before them, and a CRC is linear: keys of one length change by one and the same mask. Where the
    total weight is a power of two, all keys of a server fall on one other: of four equal servers without one, the shares are 25, 25 and
    50 % (placement of 8,000 keys of one length, which is nginx's own); with an odd total nothing of it is left.
    """
    if pool.algorithm.name != "hash" or pool.algorithm.hash_method == "consistent":
        return 0.0
    total = sum(s.weight for s in pool.servers if not s.backup)
    return ((total & -total) - 1) / max(1, total - 1)


def _notes(pool: Pool, chosen: Mapping[str, int]) -> str:
    notes = []
    if all(s.backup for s in pool.servers if s.name in chosen):
        notes.append("no primary can serve: the backups share by weight")
    if pool.persistence:
        notes.append("clients that are already bound keep their server whatever the split says")
    return "; ".join(notes)
