"""Every rule on a growing configuration of each of its products: none does work that grows with the square of it."""

from dataclasses import replace
from functools import cache

import pytest
from tests.work import steps

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies as read_envoy
from poise.reading.read_nginx import topologies as read_nginx
from poise.rules import RULES
from poise.rules.engine import judge
from poise.rules.registry import Entry

POOLS = 100
# Twice the pools are twice the work; a visit of every pool with every one is four times as much.
MOST_GROWTH = 2.1


def haproxy(pools: int) -> str:
    lines = ["global", "    maxconn 20000", "defaults", "    mode http", "    timeout connect 5s", "    timeout client 30s"]
    lines += ["    timeout server 60s", "    timeout queue 40s", "frontend in", "    bind :80", "    maxconn 9000"]
    lines += [f"    use_backend p{i} if {{ path_beg /{i} }}" for i in range(pools)]
    for i in range(pools):
        lines.append(f"frontend f{i}\n    bind :{10_000 + i}\n    default_backend p{i}")
        lines.append(f"backend p{i}\n    balance uri")
        lines += [f"    server s{j} 10.{i // 250}.{i % 250}.{j}:80 maxconn 100 check" for j in range(3)]
    return "\n".join(lines) + "\n"


def nginx(pools: int) -> str:
    parts = []
    for i in range(pools):
        servers = " ".join(f"server 10.{i // 250}.{i % 250}.{j}:80;" for j in range(3))
        parts.append(f"upstream p{i} {{ {servers} }}\nserver {{ listen 80; server_name n{i}; location / {{ proxy_pass http://p{i}; }} }}")
    return "events {}\nhttp {\n" + "\n".join(parts) + "\n}\n"


def envoy(pools: int) -> str:
    lines = ["static_resources:", "  listeners:", "  - name: in"]
    lines += ["    address: {socket_address: {address: 0.0.0.0, port_value: 80}}", "    filter_chains:", "    - filters:"]
    lines += ["      - name: envoy.filters.network.http_connection_manager", "        typed_config:"]
    kind = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    lines += [f'          "@type": {kind}', "          stat_prefix: in", "          route_config:", "            virtual_hosts:"]
    lines += ["            - name: all", '              domains: ["*"]', "              routes:"]
    lines += [f"              - {{match: {{prefix: /{i}}}, route: {{cluster: p{i}}}}}" for i in range(pools)]
    lines.append("  clusters:")
    for i in range(pools):
        hosts = ", ".join(
            f"{{endpoint: {{address: {{socket_address: {{address: 10.{i // 250}.{i % 250}.{j}, port_value: 80}}}}}}}}" for j in range(3)
        )
        lines += [f"  - name: p{i}", f"    load_assignment: {{cluster_name: p{i}, endpoints: [{{lb_endpoints: [{hosts}]}}]}}"]
    return "\n".join(lines) + "\n"


@cache
def made(product: str, pools: int) -> Topology:
    if product == "haproxy":
        one = lower([parse(haproxy(pools), "haproxy.cfg")])
    else:
        (one,) = read_nginx([("nginx.conf", nginx(pools))]) if product == "nginx" else read_envoy([("envoy.yaml", envoy(pools))])
    assert len(one.pools) == pools
    # What is worked out when it is first asked for belongs to reading (of Envoy the first clusters are read as a whole, those written like
    # them when asked), not to the rule that asks first.
    assert [[dict(server.options) for server in pool.servers] for pool in one.pools]
    repr(one)
    return one


@pytest.mark.parametrize("product", ["haproxy", "nginx", "envoy"])
def test_no_rule_visits_every_pool_with_every_pool(product: str) -> None:
    quadratic = {}
    for entry in RULES.entries:
        if product in entry.products:
            work(entry, made(product, 1))
            small, large = work(entry, made(product, POOLS)), work(entry, made(product, 2 * POOLS))
            if large > MOST_GROWTH * small:
                quadratic[entry.name] = (small, large)
    assert quadratic == {}


def as_it_was(topology: Topology) -> Topology:
    """Before a change that every pool and every route has a part in."""
    pools = tuple(
        replace(pool, servers=(replace(pool.servers[0], weight=5), *pool.servers[1:]), algorithm=replace(pool.algorithm, name="roundrobin"))
        for pool in topology.pools
    )
    names = [pool.name for pool in pools]
    after = dict(zip(names, [*names[1:], *names[:1]], strict=True))
    listeners = tuple(
        replace(each, routes=tuple(replace(route, pool=after.get(route.pool, route.pool)) for route in each.routes))
        for each in topology.listeners
    )
    return replace(topology, pools=pools, listeners=listeners)


def work(entry: Entry, topology: Topology) -> int:
    rule = entry.rule()
    before = [as_it_was(topology)] if rule.subject is Change else []
    topologies = [topology, topology] if rule.subject is Chain else [topology]
    return steps(lambda: judge(topologies, Needs(), [rule], before=before))
