"""Keys over many pools: what depends on the keys alone is computed once, however many pools there are and servers may be lost."""

import json
from collections.abc import Sequence

import pytest
from balance_pools import HEAD
from tests.work import steps

from poise.balance.forecast import forecast
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies as envoy
from poise.reading.read_nginx import topologies as nginx


def read(kind: str, pools: int) -> Sequence[Topology]:
    """So many pools of three servers."""
    product, _, how = kind.partition(" ")
    if product == "haproxy":
        servers = "".join(f" server s{n} 10.0.0.{n}:80\n" for n in (1, 2, 3))
        return [lower([parse(HEAD + "".join(f"backend p{i}\n {how}{servers}" for i in range(pools)), "haproxy.cfg")])]
    if product == "nginx":
        each = "".join(f"server 10.0.0.{n}:80;" for n in (1, 2, 3))
        ways = "".join(f"location /{i}/ {{ proxy_pass http://p{i}; }}" for i in range(pools))
        return nginx([("nginx.conf", "".join(f"upstream p{i} {{ {how} {each} }}" for i in range(pools)) + f"server {{ {ways} }}")])
    hosts = [{"endpoint": {"address": {"socket_address": {"address": f"10.0.0.{n}", "port_value": 80}}}} for n in (1, 2, 3)]
    clusters = [
        {"name": f"p{i}", "lb_policy": how, "load_assignment": {"cluster_name": f"p{i}", "endpoints": [{"lb_endpoints": hosts}]}}
        for i in range(pools)
    ]
    return envoy([("envoy.json", json.dumps({"static_resources": {"clusters": clusters}}))])


KINDS = (
    "haproxy balance uri\n",
    "haproxy balance uri\n hash-type consistent wt6\n",
    "haproxy balance source\n",
    "nginx hash $uri;",
    "nginx hash $uri consistent;",
    "nginx ip_hash;",
    "envoy RING_HASH",
)


@pytest.mark.parametrize("kind", KINDS)
def test_more_keys_cost_the_same_in_many_pools_as_in_two(kind: str) -> None:
    few, many = ([f"10.{n}.{n * n % 251}.7" for n in range(count)] for count in (20, 220))

    def more(pools: int) -> int:
        found = read(kind, pools)
        forecast(found, Needs(), keys=many)  # what is asked of a pool once, and rings that are kept
        return steps(lambda: forecast(found, Needs(), keys=many)) - steps(lambda: forecast(found, Needs(), keys=few))

    # A loop over the 200 further keys, in 18 further pools, for all of the servers and without each, takes several steps a key. That
    # more keys need more tries (nginx) is in what is left.
    assert more(20) - more(2) < 200 * 18 * 4 * 1.5


@pytest.mark.parametrize("kind", KINDS)
def test_the_placement_is_a_sequence_of_pairs(kind: str) -> None:
    keys = [f"10.{n}.{n * n % 251}.7" for n in range(40)]
    (pool,) = forecast(read(kind, 1), Needs(), keys=[*keys, keys[0]]).pools
    assert pool.placement is not None
    pairs = list(pool.placement)
    assert [key for key, _ in pairs] == keys
    assert (len(pool.placement), pool.placement[3], pool.placement[-1]) == (40, pairs[3], pairs[-1])
    assert pool.placement[5:7] == tuple(pairs[5:7])
    assert pool.placement == tuple(pairs)
    at = {server.server: [name for _, name in (*pairs, pairs[0])].count(server.server) / 41 for server in pool.servers}
    assert pool.shares() == pytest.approx(at)
