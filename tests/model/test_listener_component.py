"""A listener and a pool of one name are two parts, on every product; shown they have the contract's words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.balancers.envoy.running.others import listener_samples as of_envoy
from poise.balancers.envoy.running.statistics import Statistics
from poise.balancers.nginx.attribution import Attribution
from poise.balancers.nginx.figures import listener_samples as of_nginx
from poise.balancers.nginx.tally import Tally
from poise.daemon.configuration import Configuration
from poise.daemon.stack_of import stack_of
from poise.model.component_label import component_label
from poise.model.needs import Needs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEXTS = {
    "nginx.conf": "events {}\nhttp {\n upstream shop { server 127.0.0.1:9001; }\n"
    " server { listen 127.0.0.1:8080; server_name shop; location / { proxy_pass http://shop; } }\n}\n",
    "haproxy.cfg": "frontend shop\n bind 127.0.0.1:8080\n default_backend shop\nbackend shop\n server app1 127.0.0.1:9001\n",
    "envoy.yaml": """static_resources:
  listeners:
  - name: shop
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: shop}
  clusters:
  - name: shop
    load_assignment:
      cluster_name: shop
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9001}}}}]}]
""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_both_stand_in_the_stack_with_the_way_between_them(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    topology = Configuration([str(tmp_path / name)], Needs()).topology
    assert topology is not None
    stack = stack_of((topology,), Needs())
    kinds = {c.name: c.kind for c in stack.components}
    assert (kinds["shop"], kinds["shop listener"]) == ("pool", "listener")
    assert ("shop listener", "shop") in stack.edges
    if name == "nginx.conf":
        assert {sample.component for sample in of_nginx(Tally(Attribution(topology)), topology, ("shop",), NOW)} == {"shop listener"}
    if name == "envoy.yaml":
        told = Statistics("listener.127.0.0.1_8080.downstream_cx_active: 3\nserver.live: 1\n")
        assert of_envoy(told, topology)["shop listener", "sessions"] == 3


def test_what_is_shown_has_the_name_of_the_file() -> None:
    assert component_label("listener", "shop listener") == component_label("listener", "shop") == "listener shop"
    assert component_label("listener", "listener") == "listener listener"
    assert component_label("pool", "web listener") == "pool web listener"


@pytest.mark.parametrize("pool", ["shop", "other"])
def test_a_name_that_ends_in_the_word_keeps_it(pool: str, tmp_path: Path) -> None:
    own = TEXTS["envoy.yaml"].replace("listeners:\n  - name: shop", "listeners:\n  - name: shop listener")
    (tmp_path / "envoy.yaml").write_text(own.replace("shop", pool) if pool == "other" else own)
    topology = Configuration([str(tmp_path / "envoy.yaml")], Needs()).topology
    assert topology is not None
    stack = stack_of((topology,), Needs())
    assert [component_label(c.kind, c.name) for c in stack.components if c.kind == "listener"] == [f"listener {pool} listener"]
