"""What an Envoy configuration takes from elsewhere: other files, a management server, a dump; and several tables of routes."""

import json

from lowered_envoy import GOOGLE, MANAGER, read

from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse

HTTP = (
    "{address: {socket_address: {address: 0.0.0.0, port_value: 80}}, filter_chains: [{filters: [{name: h, typed_config: {'@type': "
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: h, %s}}]}]}"
)
RDS = HTTP % "rds: {route_config_name: r, config_source: {path_config_source: {path: rds.yaml}}}"
TABLE = """\
version_info: "1"
resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: r
  virtual_hosts:
  - name: v
    domains: [a.example, b.example]
    routes: [{match: {path: /x, headers: [{name: x-b, present_match: true}]}, route: {cluster: a}}]
"""


def test_routes_and_listeners_from_files() -> None:
    bootstrap = (
        "node: {id: a, cluster: b}\ndynamic_resources: {lds_config: {path_config_source: {path: lds.yaml}}, cds_config: {path: cds.yaml}}\n"
    )
    listeners = "resources:\n- {'@type': type.googleapis.com/envoy.config.listener.v3.Listener, name: l, " + RDS[1:] + "\n"
    clusters = "resources:\n- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: a, connect_timeout: 1s}\n"
    topology = read(bootstrap, lds=listeners, cds=clusters, rds=TABLE)
    assert topology.could_not == ()
    assert topology.complete
    assert [pool.name for pool in topology.pools] == ["a"]
    assert [(r.pool, r.condition, r.location.file) for r in topology.listeners[0].routes] == [
        ("a", "a.example,b.example path /x header x-b", "rds.yaml")
    ]
    assert set(topology.files) == {"envoy.yaml", "lds.yaml", "cds.yaml", "rds.yaml"}


def test_a_management_server_leaves_the_topology_open() -> None:
    topology = read("node: {id: a, cluster: b}\ndynamic_resources: {ads_config: {api_type: GRPC, transport_api_version: V3, grpc_services: "
                    "[{google_grpc: {target_uri: x, stat_prefix: x}}]}, cds_config: {ads: {}, resource_api_version: V3}}\n")  # fmt: skip
    assert topology.could_not == ()
    assert not topology.complete
    (entry,) = topology.not_judged
    assert (entry.what, entry.line) == ("envoy.yaml", 2)
    assert entry.reason.startswith("the clusters: a management server hands them out, and no file holds them")


def test_what_is_wrong_in_another_file_is_said_there() -> None:
    broken = TABLE.replace("cluster: a", "clutser: a")
    topology = read("node: {id: a, cluster: b}\nstatic_resources: {listeners: [" + RDS + "], clusters: [{name: a}]}\n", rds=broken)
    assert {(c.what, c.line) for c in topology.could_not} == {("rds.yaml", 8)}


def test_a_dump_of_a_running_envoy() -> None:
    dump = (
        '{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"static_resources": {"clusters": ['
        '{"name": "a", "connect_timeout": "1s"}]}}}, {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", '
        '"dynamic_active_clusters": [{"cluster": {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "b"}}]}]}'
    )
    topology = lower([parse(dump, "dump.json")])
    assert [pool.name for pool in topology.pools] == ["a", "b"]
    assert topology.could_not == ()


def test_a_second_manager_has_a_prefix_of_its_own() -> None:
    chain = f"{{filters: [{{name: h, typed_config: {{'@type': {GOOGLE}/{MANAGER}, stat_prefix: two, route_config: {{}}}}}}]}}"
    topology = read(
        "static_resources: {listeners: [" + HTTP.replace("filter_chains: [", f"default_filter_chain: {chain}, filter_chains: [")
        % "route_config: {}" + "]}"
    )  # fmt: skip
    assert topology.could_not == ()
    assert (topology.listeners[0].options["hcm.stat_prefix"], topology.listeners[0].options["hcm#2.stat_prefix"]) == ("h", "two")


def test_routes_in_a_tree_of_matches() -> None:
    route = {"@type": f"{GOOGLE}/envoy.config.route.v3.Route", "match": {"prefix": "/a"}, "route": {"cluster": "web"}}
    header = {"@type": f"{GOOGLE}/envoy.type.matcher.v3.HttpRequestHeaderMatchInput", "header_name": "x"}
    tree = {
        "input": {"name": "header", "typed_config": header},
        "exact_match_map": {"map": {"a": {"action": {"name": "r", "typed_config": route}}}},
    }
    table = {"virtual_hosts": [{"name": "v", "domains": ["*"], "matcher": {"matcher_tree": tree}}]}
    topology = read("static_resources: {listeners: [" + HTTP % f"route_config: {json.dumps(table)}" + "], clusters: [{name: web}]}")
    assert topology.could_not == ()
    assert [(route.pool, route.condition) for route in topology.listeners[0].routes] == [("web", "* prefix /a")]
