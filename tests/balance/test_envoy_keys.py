"""Keys of Envoy's pools, through the forecast and the diff."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.conformance.envoy_pools import HCM, endpoint

from poise.balance.diff import diff
from poise.balance.forecast import forecast
from poise.model.forecast import PoolDiff, PoolForecast
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies

HEADER = {"header": {"header_name": "x-user"}}
COOKIE = {"cookie": {"name": "id"}}
KEYS = [f"user{i}" for i in range(400)]


def hosts(count: int = 4, **more: Any) -> list[dict[str, Any]]:
    """Endpoints of that many hosts."""
    return [endpoint(f"10.0.0.{i + 1}:80", **more) for i in range(count)]


def read(endpoints: Sequence[dict[str, Any]], policies: Sequence[dict[str, Any]] | None = (HEADER,), **cluster: Any) -> Topology:
    """The topology of one cluster and the route to it; no route for None."""
    made = {"name": "web", "lb_policy": "RING_HASH", **cluster}
    made["load_assignment"] = {"cluster_name": "web", "endpoints": [{"lb_endpoints": list(endpoints)}]}
    resources: dict[str, Any] = {"clusters": [made]}
    if policies is not None:
        routes = [{"match": {"prefix": "/"}, "route": {"cluster": "web", "hash_policy": list(policies)}}]
        table = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]}
        filters = [{"name": "web", "typed_config": {"@type": HCM, "stat_prefix": "web", "route_config": table}}]
        address = {"socket_address": {"address": "127.0.0.1", "port_value": 80}}
        resources["listeners"] = [{"address": address, "filter_chains": [{"filters": filters}]}]
    (topology,) = topologies([("envoy.json", json.dumps({"static_resources": resources}))])
    return topology


def over_keys(topology: Topology) -> PoolForecast:
    """The forecast of the one pool over KEYS."""
    return forecast([topology], Needs({}), keys=KEYS).pools[0]


def change(old: Topology, new: Topology) -> PoolDiff:
    """The diff of the one pool."""
    return diff([old], [new], Needs({}))[0]


@pytest.mark.parametrize("policy", ["RING_HASH", "MAGLEV"])
def test_shares_over_keys_are_those_of_the_placement(policy: str) -> None:
    found = over_keys(read(hosts(), lb_policy=policy))
    assert found.placement is not None
    assert len(found.placement) == len(KEYS)
    for server in found.servers:
        assert server.share == sum(place == server.server for _, place in found.placement) / len(KEYS)


@pytest.mark.parametrize(
    ("policies", "placed"),
    [
        (None, True),
        ((COOKIE,), True),
        ((), False),
        ((HEADER, COOKIE), False),
        (({**HEADER, "terminal": True}, COOKIE), True),
        (({"header": {"header_name": "x", "regex_rewrite": {"pattern": {"regex": "a"}, "substitution": "b"}}},), False),
    ],
)
def test_keys_are_placed_where_one_string_is_hashed(policies: Sequence[dict[str, Any]] | None, placed: bool) -> None:
    assert (over_keys(read(hosts(), policies)).placement is not None) == placed


@pytest.mark.parametrize(
    "cluster",
    [
        {"lb_policy": "ROUND_ROBIN"},
        {"common_lb_config": {"consistent_hashing_lb_config": {"hash_balance_factor": 120}}},
        {"lb_subset_config": {"fallback_policy": "ANY_ENDPOINT", "subset_selectors": [{"keys": ["version"]}]}},
        {"type": "STRICT_DNS", "load_assignment": {}},
    ],
)
def test_no_key_is_placed_where_more_than_the_hash_decides(cluster: dict[str, Any]) -> None:
    named = cluster.get("type") == "STRICT_DNS"
    cluster = {key: value for key, value in cluster.items() if key != "load_assignment"}
    assert over_keys(read([endpoint("app.test:80"), endpoint("b.test:80")] if named else hosts(), **cluster)).placement is None


def test_keys_of_a_priority_with_degraded_hosts_only_get_nobody() -> None:
    found = over_keys(read(hosts(2, health="DEGRADED")))
    assert found.placement == ()
    assert [server.share for server in found.servers] == [0.0, 0.0]


def test_a_host_less_moves_its_own_keys_and_those_that_the_ring_gives_the_others_new_places_for() -> None:
    """205 places for each of five hosts are 256 for each of four."""
    found = change(read(hosts(5)), read(hosts(4)))
    assert found.keys_moved is not None
    assert found.before[4].share + 0.05 < found.keys_moved < 0.4
    assert "of the keys change servers" in found.story


def test_other_hash_keys_move_keys_and_are_told() -> None:
    found = change(read(hosts()), read([*hosts(3), endpoint("10.0.0.4:80", hash_key="four")]))
    assert found.keys_moved is not None
    assert 0.1 < found.keys_moved < 0.5
    assert "hash_key of 10.0.0.4:80 changes" in found.story


def test_another_policy_places_requests_by_another_key() -> None:
    found = change(read(hosts()), read(hosts(), (COOKIE,)))
    assert found.keys_moved is None
    assert "another key" in found.story
    assert change(read(hosts(), ()), read(hosts(3), ())).keys_moved is None
    assert change(read(hosts()), read(hosts())).keys_moved == 0.0
