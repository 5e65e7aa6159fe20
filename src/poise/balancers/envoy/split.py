"""How Envoy splits a pool's traffic, from what the configuration says and which servers are up. Pure.

Sources: Envoy's documentation of load balancers and what Envoy 1.40 did (tests/balancers/envoy/test_envoy_split_live.py). Which host a key
gets is computed in `placement`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, sqrt

from poise.balancers.envoy.least_request import least_request
from poise.balancers.envoy.placement import key_shares
from poise.balancers.envoy.priorities import Group, groups, levels, number, setting, weights
from poise.model.hashes import ENVOY_HASHES
from poise.model.split import Split
from poise.model.topology import Pool, Server

KNOWN = ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", *ENVOY_HASHES)
DEFAULT_RING, LARGEST_RING, DEFAULT_TABLE = 1024, 8 * 1024 * 1024, 65537
# How many distinct keys clients send is not declared: as for HAProxy's hashes.
ASSUMED_KEYS = 100
KEYED_DISPERSION = 4.0
# How far LEAST_REQUEST lies off when service times spread otherwise: see least_request.
LEAST_REQUEST_ERROR = 0.02

Inner = tuple[Mapping[str, float], Mapping[str, float]]  # shares within a group and their standard errors, by server


def split(
    pool: Pool,
    up: Callable[[Server], bool] | None = None,
    running: Mapping[str, int] | None = None,
    target: str | None = None,
    concurrency: float | None = None,
) -> Split | None:
    """The share of each server; None for algorithms whose choice the configuration does not tell (CLUSTER_PROVIDED, a provided extension).

    Servers that `up` denies are down and known to be: in panic they get traffic all the same. `running` are weights other than the file's;
    `concurrency` how many requests the pool holds at once, where known.
    """
    nothing = dict.fromkeys([s.name for s in pool.servers], 0.0)
    if pool.algorithm.name not in KNOWN:
        return None
    known = levels(pool, up)
    found = groups(pool, up, known)
    computed = key_shares(pool, known, running)
    if not found or (computed is not None and not any(computed.values())):
        return Split(nothing, "exact", nothing, explanation="no host can be chosen: Envoy answers 503 to every request")
    if computed is not None:
        return _by_key(pool, found, computed)
    shares, doubts = dict(nothing), dict(nothing)
    for group in found:
        inner, doubt = _among(pool, group, weights(group.servers, running), concurrency)
        for name, share in inner.items():
            shares[name] += group.part * share
            doubts[name] = sqrt(doubts[name] ** 2 + (group.part * doubt.get(name, 0.0)) ** 2)
    name = pool.algorithm.name
    alone = sum(share > 0 for share in shares.values()) == 1
    return Split(
        shares,
        "exact" if name == "ROUND_ROBIN" or alone else "expected",
        dict(nothing) if alone else doubts,
        KEYED_DISPERSION if name in ENVOY_HASHES else 1.0,
        "keys" if name in ENVOY_HASHES else "concurrency" if name == "LEAST_REQUEST" else "requests",
        "; ".join((_WHY[name], *_notes(pool, found))),
    )


def _by_key(pool: Pool, found: Sequence[Group], shares: Mapping[str, float]) -> Split:
    """The split where the ring's arcs, or the table's places, are computed: only how many keys there are, and how hot, is not known."""
    nothing = dict.fromkeys(shares, 0.0)
    alone = max(shares.values()) == 1
    laid = "the ring" if pool.algorithm.name == "RING_HASH" else "the table"
    why = f"a hash decides: each host's part of {laid}, over many equally popular keys, of which {ASSUMED_KEYS} are assumed"
    served = sum(shares.values())
    lost = f"{1 - served:.0%} of the keys meet a priority whose hosts are all degraded and get 503: hashes choose healthy ones only"
    return Split(
        shares,
        "exact" if alone else "expected",
        nothing if alone else {name: sqrt(share * (1 - share) / ASSUMED_KEYS) for name, share in shares.items()},
        KEYED_DISPERSION,
        "keys",
        "; ".join((why, *([lost] if served < 1 - 1e-6 else []), *_notes(pool, found))),
    )


_WHY = {
    "ROUND_ROBIN": "in turn by weight, each worker for itself from a place drawn at random",
    "LEAST_REQUEST": "the less loaded of the hosts drawn; unequal weights are divided by the requests in flight",
    "RANDOM": "one draw among all hosts: weights of hosts do not count",
    "RING_HASH": f"a hash decides: by weight over many equally popular keys, of which {ASSUMED_KEYS} are assumed, give or take the ring",
    "MAGLEV": f"a hash decides: by weight over many equally popular keys, of which {ASSUMED_KEYS} are assumed",
}


def bound_by(pool: Pool) -> str | None:
    """The words that tie a client to one server, None where nothing does. The hash needs a `hash_policy` on the route as well."""
    return pool.persistence or (f"lb_policy: {pool.algorithm.name}" if pool.algorithm.name in ENVOY_HASHES else None)


def points_per_host(pool: Pool, servers: Sequence[Server]) -> dict[str, float]:
    """How many places on the ring, or in Maglev's table, each of these hosts gets; empty where no hash decides.

    The ring is scaled so that the lightest host gets whole places, and cut at its maximum; the table has the size that is written.
    """
    weighed = weights(servers, None)
    total = sum(weighed.values())
    if pool.algorithm.name == "RING_HASH" and total:
        least = min(weighed.values()) / total
        smallest = number(setting(pool, "minimum_ring_size"), DEFAULT_RING)
        largest = number(setting(pool, "maximum_ring_size"), LARGEST_RING)
        scale = min(ceil(least * smallest) / least, largest)
        return {name: scale * weight / total for name, weight in weighed.items()}
    if pool.algorithm.name == "MAGLEV" and total:
        table = number(setting(pool, "table_size"), DEFAULT_TABLE)
        return {name: table * weight / total for name, weight in weighed.items()}
    return {}


def _among(
    pool: Pool, group: Group, weighed: Mapping[str, int], concurrency: float | None
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Shares 0–1 within one group, and their standard errors."""
    even = dict.fromkeys(weighed, 1 / len(weighed))
    total = sum(weighed.values())
    by_weight = {name: weight / total for name, weight in weighed.items()}
    if pool.algorithm.name == "RANDOM":
        return even, {}
    if pool.algorithm.name == "ROUND_ROBIN":
        return by_weight, {}
    if pool.algorithm.name == "LEAST_REQUEST":
        return _least(pool, group, weighed, by_weight, concurrency)
    places = points_per_host(pool, group.servers)
    keys = {name: share * (1 - share) / ASSUMED_KEYS for name, share in by_weight.items()}
    if pool.algorithm.name == "MAGLEV":
        return by_weight, {name: sqrt(keys[name] + (by_weight[name] / max(1.0, places[name])) ** 2 / 12) for name in by_weight}
    # Arcs of a ring are as long as exponential gaps: m of them scatter by 1/√m of their sum.
    arcs = {name: share**2 * (1 - share) / max(1.0, places[name]) for name, share in by_weight.items()}
    return by_weight, {name: sqrt(keys[name] + arcs[name]) for name in by_weight}


def _bias(pool: Pool) -> float:
    return max(0.0, number(setting(pool, "active_request_bias.default_value"), 1.0))


def _unequal(weighed: Mapping[str, int]) -> bool:
    return len(set(weighed.values())) > 1


def _least(pool: Pool, group: Group, weighed: Mapping[str, int], by_weight: Mapping[str, float], concurrency: float | None) -> Inner:
    """Equal weights: the less loaded of two draws, which is even. Unequal ones: by weight when idle, by its root when busy."""
    bias = _bias(pool)
    if not _unequal(weighed) or not bias:
        return by_weight, {}
    if concurrency is not None:
        return least_request(weighed, concurrency * group.part, bias), dict.fromkeys(weighed, LEAST_REQUEST_ERROR)
    rooted = {name: weight ** (1 / (1 + bias)) for name, weight in weighed.items()}
    total = sum(rooted.values())
    busy = {name: root / total for name, root in rooted.items()}
    middle = {name: (by_weight[name] + busy[name]) / 2 for name in weighed}
    return middle, {name: abs(by_weight[name] - busy[name]) / sqrt(12) for name in weighed}


def _notes(pool: Pool, found: Sequence[Group]) -> list[str]:
    notes = []
    if any(group.panic for group in found):
        notes.append("panic: too few hosts are healthy, so requests go to all, the unhealthy ones included")
    first = min(s.priority for s in pool.servers)
    if any(s.priority > first for group in found for s in group.servers):
        notes.append(f"priority {first} cannot carry everything, the next takes the rest")
    if pool.discovered and pool.discovery == "STRICT_DNS":
        notes.append("a name stands for as many hosts as it has addresses, each with the weight; one is assumed")
    if pool.persistence:
        notes.append("clients that are already bound keep their server whatever the split says")
    return notes
