"""Envoy pools drawn by seed: each hash with every shape of pool that decides where a key goes. See envoy_keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
POLICIES = "type.googleapis.com/envoy.extensions.load_balancing_policies."
# How a request carries its key, and the route's hash policy that takes it.
SOURCES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "header": ("GET /{pool}/ HTTP/1.1\r\nHost: x\r\nkey: {key}\r\n\r\n", {"header": {"header_name": "key"}}),
    "cookie": ("GET /{pool}/ HTTP/1.1\r\nHost: x\r\ncookie: a=b; key={key}; c=d\r\n\r\n", {"cookie": {"name": "key"}}),
    "query": ("GET /{pool}/?a=b&key={key} HTTP/1.1\r\nHost: x\r\n\r\n", {"query_parameter": {"name": "key"}}),
    "state": ("GET /{pool}/ HTTP/1.1\r\nHost: x\r\nkey: {key}\r\n\r\n", {"filter_state": {"key": "hashed"}}),
    "address": ("GET /{pool}/ HTTP/1.1\r\nHost: x\r\nx-forwarded-for: {key}\r\n\r\n", {"connection_properties": {"source_ip": True}}),
}


@dataclass
class Drawn:
    """A pool: its settings, its groups of endpoints as Envoy's file has them, and how requests carry the key."""

    settings: dict[str, Any]
    groups: list[dict[str, Any]]
    source: str = "header"
    changes: bool = True

    def cluster(self, name: str) -> dict[str, Any]:
        """The cluster of that name."""
        load = {"cluster_name": name, "endpoints": self.groups}
        return {"name": name, "connect_timeout": "2s", "type": "STATIC", **self.settings, "load_assignment": load}


def endpoint(
    address: str, weight: int | None = None, health: str | None = None, hash_key: Any = None, name: str | None = None
) -> dict[str, Any]:
    """One of `lb_endpoints`."""
    host, _, port = address.rpartition(":")
    place: dict[str, Any] = {"pipe": {"path": address}}
    if not address.startswith("/"):
        place = {"socket_address": {"address": host.strip("[]"), "port_value": int(port)}}
    made: dict[str, Any] = {"endpoint": {"address": place}}
    if name is not None:
        made["endpoint"]["hostname"] = name
    if weight is not None:
        made["load_balancing_weight"] = weight
    if health is not None:
        made["health_status"] = health
    if hash_key is not None:
        made["metadata"] = {"filter_metadata": {"envoy.lb": {"hash_key": hash_key}}}
    return made


def _group(endpoints: Sequence[dict[str, Any]], zone: str | None = None, weight: int | None = None, priority: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {"lb_endpoints": list(endpoints), "priority": priority}
    if zone is not None:
        made["locality"] = {"region": "r", "zone": zone}
    if weight is not None:
        made["load_balancing_weight"] = weight
    return made


RING, MURMUR, MAGLEV = (
    {"lb_policy": "RING_HASH"},
    {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"hash_function": "MURMUR_HASH_2"}},
    {"lb_policy": "MAGLEV"},
)
ALGORITHMS = {"xx": RING, "murmur": MURMUR, "maglev": MAGLEV}


def draw(seed: int, addresses: Sequence[str], paths: Sequence[str] = ()) -> dict[str, Drawn]:
    """The pools, each algorithm with every shape. `addresses` are of hosts that answer, `paths` of their sockets."""
    pools: dict[str, Drawn] = {}
    for name, algorithm in ALGORITHMS.items():
        chance = Random(f"{seed} {name}")
        for shape, make in _SHAPES.items():
            drawn = make(chance, addresses)
            drawn.settings = {**deepcopy(algorithm), **drawn.settings}
            pools[f"{name}-{shape}"] = drawn
        small = {"maglev_lb_config": {"table_size": 131}} if name == "maglev" else {"ring_hash_lb_config": _sizes(algorithm, chance)}
        pools[f"{name}-sizes"] = Drawn({**algorithm, **small}, [_group(_weighted(chance, addresses, 7, 9))])
        for source in SOURCES:
            pools[f"{name}-{source}"] = Drawn(dict(algorithm), [_group(_weighted(chance, addresses, 5, 3))], source, False)
        pools[f"{name}-sockets"] = Drawn(dict(algorithm), [_group([endpoint(path) for path in paths])], changes=False)
    hosts = [_group(_weighted(Random(seed), addresses, 6, 5))]
    for word, kind, more in (("ring", "ring_hash.v3.RingHash", {"hash_function": "MURMUR_HASH_2"}), ("maglev", "maglev.v3.Maglev", {})):
        config = {"@type": POLICIES + kind, **more}
        policy = {"policies": [{"typed_extension_config": {"name": word, "typed_config": config}}]}
        pools[f"extension-{word}"] = Drawn({"load_balancing_policy": policy}, deepcopy(hosts))
    return pools


def _sizes(algorithm: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    return {**algorithm.get("ring_hash_lb_config", {}), "minimum_ring_size": chance.randint(10, 90), "maximum_ring_size": 97}


def _weighted(chance: Random, addresses: Sequence[str], count: int, heaviest: int) -> list[dict[str, Any]]:
    return [endpoint(address, chance.randint(1, heaviest)) for address in chance.sample(addresses, count)]


def _plain(chance: Random, addresses: Sequence[str]) -> Drawn:
    return Drawn({}, [_group([endpoint(address) for address in chance.sample(addresses, chance.randint(3, 12))])])


def _many(chance: Random, addresses: Sequence[str]) -> Drawn:
    return Drawn({}, [_group(_weighted(chance, addresses, len(addresses), 3))])


def _weights(chance: Random, addresses: Sequence[str]) -> Drawn:
    return Drawn({}, [_group(_weighted(chance, addresses, chance.randint(3, 9), 100))])


def _hash_keys(chance: Random, addresses: Sequence[str]) -> Drawn:
    """Hash keys of a few hosts; one that is a number is none to Envoy, and one is quoted."""
    group = _weighted(chance, addresses, 7, 4)
    for index, key in enumerate(("node-a", "node-b", "12", 12, "true")):
        group[index]["metadata"] = {"filter_metadata": {"envoy.lb": {"hash_key": key}}}
    return Drawn({}, [_group(group)])


def _host_names(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = [endpoint(address, chance.randint(1, 3), name=f"host{index}.test") for index, address in enumerate(chance.sample(addresses, 6))]
    hosts[2]["metadata"] = {"filter_metadata": {"envoy.lb": {"hash_key": "c"}}}
    del hosts[3]["endpoint"]["hostname"]
    by_name = {"consistent_hashing_lb_config": {"use_hostname_for_hashing": True}}
    return Drawn({"type": "STRICT_DNS", "common_lb_config": by_name}, [_group(hosts)])


def _unhealthy(chance: Random, addresses: Sequence[str]) -> Drawn:
    group = _weighted(chance, addresses, 8, 5)
    for index, health in enumerate(("UNHEALTHY", "DRAINING", "HEALTHY", "DEGRADED")):
        group[index]["health_status"] = health
    return Drawn({}, [_group(group)])


def _panic(chance: Random, addresses: Sequence[str]) -> Drawn:
    group = _weighted(chance, addresses, 5, 5)
    for each in group[:3]:
        each["health_status"] = "TIMEOUT"
    return Drawn({"common_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic": True}}}, [_group(group)])


def _localities(chance: Random, addresses: Sequence[str]) -> Drawn:
    """Locality weights: zones out of order, one without weight, one without a healthy host, one with some."""
    hosts = _weighted(chance, addresses, 14, 5)
    hosts[9]["health_status"] = hosts[0]["health_status"] = "UNHEALTHY"
    groups = [_group(hosts[:4], "d", chance.randint(1, 90)), _group(hosts[4:9], "b", chance.randint(1, 90)), _group(hosts[9:10], "a", 20)]
    groups += [_group(hosts[10:12], "c"), _group(hosts[12:], "b2", chance.randint(1, 9))]
    return Drawn({"common_lb_config": {"locality_weighted_lb_config": {}}}, groups)


def _ignored(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = _weighted(chance, addresses, 7, 5)
    return Drawn({}, [_group(hosts[:3], "d", 3), _group(hosts[3:5], "b", 90), _group(hosts[5:], "a", 4)])


def _no_weight(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = _weighted(chance, addresses, 5, 5)
    return Drawn({"common_lb_config": {"locality_weighted_lb_config": {}}}, [_group(hosts[:3], "d"), _group(hosts[3:], "b")], changes=False)


def _priorities(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = _weighted(chance, addresses, 12, 5)
    for index in (0, 1, 2, 6):
        hosts[index]["health_status"] = "UNHEALTHY"
    return Drawn({}, [_group(hosts[:5]), _group(hosts[5:9], priority=1), _group(hosts[9:], priority=2)])


def _all_panic(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = _weighted(chance, addresses, 9, 5)
    for each in hosts[:8]:
        each["health_status"] = "UNHEALTHY"
    return Drawn({}, [_group(hosts[:5]), _group(hosts[5:7], priority=1), _group(hosts[7:], priority=2)])


def _degraded(chance: Random, addresses: Sequence[str]) -> Drawn:
    """Degraded hosts get a part of the traffic; no ring holds them."""
    hosts = _weighted(chance, addresses, 6, 5)
    for each in hosts[:2]:
        each["health_status"] = "DEGRADED"
    hosts[5]["health_status"] = "DEGRADED"
    return Drawn({}, [_group(hosts[:3]), _group(hosts[3:5], priority=1), _group(hosts[5:], priority=2)])


def _only_degraded(chance: Random, addresses: Sequence[str]) -> Drawn:
    hosts = [endpoint(address, health="DEGRADED") for address in chance.sample(addresses, 3)]
    hosts += [endpoint(address) for address in chance.sample(addresses, 2)]
    hosts[4]["health_status"] = "UNHEALTHY"
    return Drawn({}, [_group(hosts[:3]), _group(hosts[3:], priority=1)], changes=False)


_SHAPES: Mapping[str, Callable[[Random, Sequence[str]], Drawn]] = {
    "plain": _plain,
    "many": _many,
    "weights": _weights,
    "hash-keys": _hash_keys,
    "host-names": _host_names,
    "unhealthy": _unhealthy,
    "panic": _panic,
    "localities": _localities,
    "localities-ignored": _ignored,
    "localities-without-weight": _no_weight,
    "priorities": _priorities,
    "all-in-panic": _all_panic,
    "degraded": _degraded,
    "only-degraded": _only_degraded,
}


def changes(drawn: Drawn, seed: str, spare: str) -> Iterator[tuple[str, Drawn]]:
    """The pool with a host removed, one added (at the address `spare`), one of another weight, each in its name."""
    chance = Random(seed)
    for word in ("removed", "added", "reweighted"):
        changed = deepcopy(drawn)
        group = chance.choice([group for group in changed.groups if len(group["lb_endpoints"]) > 1])
        hosts, place = group["lb_endpoints"], chance.randrange(len(group["lb_endpoints"]))
        if word == "removed":
            del hosts[place]
        elif word == "added":
            hosts.insert(place, endpoint(spare, hosts[0].get("load_balancing_weight"), name="spare.test"))
        else:
            hosts[place]["load_balancing_weight"] = hosts[place].get("load_balancing_weight", 1) * 3 + 1
        yield word, changed
