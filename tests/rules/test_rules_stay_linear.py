"""Every rule on a large configuration of each of its products: none takes a time that grows with the square of it."""

import time
from functools import cache

import pytest

from poise.app.read_envoy import topologies as read_envoy
from poise.app.read_nginx import topologies as read_nginx
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules import RULES
from poise.rules.engine import judge
from poise.rules.registry import Entry

POOLS = 1500
# A visit of every pool with every one costs 1500² × 0.1 µs at the least, and most such visits ten times as much; a linear rule takes 50 ms.
MOST_SECONDS = 0.7


def haproxy() -> str:
    lines = ["global", "    maxconn 20000", "defaults", "    mode http", "    timeout connect 5s", "    timeout client 30s"]
    lines += ["    timeout server 60s", "    timeout queue 40s", "frontend in", "    bind :80", "    maxconn 9000"]
    lines += [f"    use_backend p{i} if {{ path_beg /{i} }}" for i in range(POOLS)]
    for i in range(POOLS):
        lines.append(f"frontend f{i}\n    bind :{10_000 + i}\n    default_backend p{i}")
        lines.append(f"backend p{i}\n    balance uri")
        lines += [f"    server s{j} 10.{i // 250}.{i % 250}.{j}:80 maxconn 100 check" for j in range(3)]
    return "\n".join(lines) + "\n"


def nginx() -> str:
    parts = []
    for i in range(POOLS):
        servers = " ".join(f"server 10.{i // 250}.{i % 250}.{j}:80;" for j in range(3))
        parts.append(f"upstream p{i} {{ {servers} }}\nserver {{ listen 80; server_name n{i}; location / {{ proxy_pass http://p{i}; }} }}")
    return "events {}\nhttp {\n" + "\n".join(parts) + "\n}\n"


def envoy() -> str:
    lines = ["static_resources:", "  listeners:", "  - name: in"]
    lines += ["    address: {socket_address: {address: 0.0.0.0, port_value: 80}}", "    filter_chains:", "    - filters:"]
    lines += ["      - name: envoy.filters.network.http_connection_manager", "        typed_config:"]
    kind = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    lines += [f'          "@type": {kind}', "          stat_prefix: in", "          route_config:", "            virtual_hosts:"]
    lines += ["            - name: all", '              domains: ["*"]', "              routes:"]
    lines += [f"              - {{match: {{prefix: /{i}}}, route: {{cluster: p{i}}}}}" for i in range(POOLS)]
    lines.append("  clusters:")
    for i in range(POOLS):
        hosts = ", ".join(
            f"{{endpoint: {{address: {{socket_address: {{address: 10.{i // 250}.{i % 250}.{j}, port_value: 80}}}}}}}}" for j in range(3)
        )
        lines += [f"  - name: p{i}", f"    load_assignment: {{cluster_name: p{i}, endpoints: [{{lb_endpoints: [{hosts}]}}]}}"]
    return "\n".join(lines) + "\n"


@cache
def large(product: str) -> Topology:
    if product == "haproxy":
        return lower([parse(haproxy(), "haproxy.cfg")])
    (made,) = read_nginx([("nginx.conf", nginx())]) if product == "nginx" else read_envoy([("envoy.yaml", envoy())])
    assert len(made.pools) == POOLS
    return made


@pytest.mark.parametrize("product", ["haproxy", "nginx", "envoy"])
def test_no_rule_visits_every_pool_with_every_pool(product: str) -> None:
    topology = large(product)
    slow = {}
    for entry in RULES.entries:
        if product not in entry.products:
            continue
        took = _took(entry, topology)
        if took > MOST_SECONDS:
            slow[entry.name] = round(took, 2)
    assert slow == {}


def _took(entry: Entry, topology: Topology) -> float:
    rule = entry.rule()
    before = [topology] if rule.subject is Change else []
    topologies = [topology, topology] if rule.subject is Chain else [topology]
    # The time of this process alone: others share the machine.
    started = time.process_time()
    judge(topologies, Needs(), [rule], before=before)
    return time.process_time() - started
