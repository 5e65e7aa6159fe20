"""A topology that is held for days says what it said, without the tree of its file."""

import gc
import json
from pathlib import Path

import pytest
from lowered_envoy import read

from poise.balancers.envoy.document import Array, Member, Object, Scalar
from poise.balancers.envoy.settings import Settings, ending, entries, has
from poise.model.settled import settle
from poise.model.topology import Topology

ENDPOINT = {"endpoint": {"address": {"socket_address": {"address": "10.0.0.%d", "port_value": 80}}}, "load_balancing_weight": 3}
POOLS = [
    {
        "name": f"web{number}",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [{"max_connections": 7}, {"priority": "HIGH"}]},
        "outlier_detection": {},
        "load_assignment": {
            "cluster_name": "web",
            "endpoints": [{"lb_endpoints": [json.loads(json.dumps(ENDPOINT).replace("%d", str(i))) for i in range(1, 12)]}],
        },
    }
    for number in range(2)
]
FILE = json.dumps({"static_resources": {"clusters": POOLS}}, indent=1)
SAMPLES = sorted((Path(__file__).parent / "corpus" / "accepted").glob("*.yaml"))[::12]
ITEM = "        - endpoint: {address: {socket_address: {address: 10.0.0.%d, port_value: 80}}}\n"
ALIKE = "static_resources:\n  clusters:\n  - name: web\n    load_assignment:\n      endpoints:\n      - lb_endpoints:\n" + "".join(
    ITEM % number for number in range(40)
)


def said(topology: Topology) -> list[object]:
    holders = [topology, *topology.pools, *(server for pool in topology.pools for server in pool.servers)]
    for listener in topology.listeners:
        holders += [listener, *listener.binds, *listener.routes]
    return [(dict(each.options), dict(each.places), list(each.options), len(each.places)) for each in holders]


@pytest.mark.parametrize(
    "text", [FILE, ALIKE, *(path.read_text(errors="surrogateescape") for path in SAMPLES)], ids=lambda text: str(len(text))
)
def test_what_is_said_stays_the_same(text: str):
    assert len(SAMPLES) > 10
    worked, kept = read(text), read(text)
    settle(kept)
    assert said(kept) == said(worked)
    settle(kept)
    assert said(kept) == said(worked)


def test_settings_are_found_as_before():
    topology = read(FILE)
    settle(topology)
    pool = topology.pools[1]
    assert isinstance(pool.options, Settings)
    assert pool.options.get("connect_timeout") == pool.options["connect_timeout"] == "1s"
    assert pool.options.get("timeout", "none") == "none" and "timeout" not in pool.options
    assert has(pool.options, "outlier_detection") and has(pool.options, "circuit_breakers") and not has(pool.options, "health_checks")
    assert entries(pool.options, "circuit_breakers.thresholds") == ("circuit_breakers.thresholds.0", "circuit_breakers.thresholds.1")
    assert ending(pool.options, "max_connections") == "circuit_breakers.thresholds.0.max_connections"
    assert pool.options.named("priority") == ["circuit_breakers.thresholds.1.priority"]
    server = pool.servers[10]
    assert server.options.get("endpoint.address.socket_address.address") == "10.0.0.11"
    place = server.places["load_balancing_weight"]
    assert FILE[place.start : place.end] == "3" and place == server.spots.weight


@pytest.mark.parametrize("text", [FILE, ALIKE], ids=["json", "alike"])
def test_the_tree_is_let_go(text: str):
    topology = read(text)
    settle(topology)
    seen, waiting, found = set(), [topology], []
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        found += [each] if isinstance(each, (Array, Member, Object, Scalar)) else []
        waiting += [other for other in gc.get_referents(each) if not callable(other) and type(other).__name__ != "module"]
    assert not found
