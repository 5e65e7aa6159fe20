"""What an Envoy configuration means: pools, servers, routes and their settings, by the paths that rules rely on."""

import json
from datetime import timedelta

import pytest

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse
from poise.model.could_not import CouldNot
from poise.model.location import Location
from poise.model.topology import Pool, Topology

BOOTSTRAP = """\
admin:
  address: {socket_address: {address: 127.0.0.1, port_value: 9901}}
static_resources:
  listeners:
  - name: main
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              retry_policy: {retry_on: 5xx, num_retries: 3}
              routes:
              - match: {prefix: /api}
                route: {cluster: web, timeout: 5s, hash_policy: [{header: {header_name: x-user}}]}
              - match: {prefix: /}
                route:
                  retry_policy: {retry_on: connect-failure}
                  weighted_clusters:
                    clusters:
                    - {name: web, weight: 90}
                    - {name: canary, weight: 10}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connectTimeout: 0.25s
    lb_policy: RING_HASH
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: web
      endpoints:
      - locality: {region: eu, zone: a}
        load_balancing_weight: 2
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
          load_balancing_weight: 100
        - endpoint:
            address: {socket_address: {address: 10.0.0.2, port_value: 80}}
          health_status: UNHEALTHY
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}
  - name: canary
    type: EDS
    eds_cluster_config: {eds_config: {path_config_source: {path: eds.yaml}}}
"""
EDS = """\
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: canary
  endpoints:
  - lb_endpoints:
    - endpoint: {address: {socket_address: {address: 10.0.0.9, port_value: 80}}}
"""


def read(text: str, **files: str) -> Topology:
    def find(path: str, named_in: str) -> Document | CouldNot:
        name = path.removesuffix(".yaml")
        return parse(files[name], path) if name in files else CouldNot(path, "there is no such file")

    return lower([parse(text, "envoy.yaml")], find)


def at(topology: Topology, location: Location | None, text: str = BOOTSTRAP) -> str:
    assert location is not None
    return text.encode()[location.start : location.end].decode()


def test_servers_carry_weight_locality_priority_and_health() -> None:
    pool = read(BOOTSTRAP, eds=EDS).pools[0]
    assert [(s.name, s.weight, s.locality, s.priority, s.health) for s in pool.servers] == [
        ("10.0.0.1:80", 100, "eu/a", 0, None),
        ("10.0.0.2:80", 1, "eu/a", 0, "UNHEALTHY"),
        ("10.0.0.2:80#2", 1, None, 1, None),
    ]
    assert [(g.name, g.priority, g.weight, g.servers) for g in pool.localities] == [
        ("eu/a", 0, 2, ("10.0.0.1:80", "10.0.0.2:80")),
        ("", 1, None, ("10.0.0.2:80#2",)),
    ]


def test_places_span_what_is_written() -> None:
    topology = read(BOOTSTRAP, eds=EDS)
    pool = topology.pools[0]
    assert at(topology, pool.location) == "name: web"
    assert at(topology, pool.servers[0].weight_location) == "100"
    assert pool.servers[0].weight_location == Location("envoy.yaml", 44, 34, *_span("100", "weight: 100"))
    assert at(topology, pool.places["connect_timeout"]) == "0.25s"
    assert at(topology, pool.algorithm.location) == "RING_HASH"
    assert at(topology, pool.servers[1].location).startswith("endpoint:")
    assert at(topology, pool.servers[1].location).endswith("health_status: UNHEALTHY")


def _span(text: str, within: str) -> tuple[int, int]:
    start = BOOTSTRAP.index(within) + within.index(text)
    return start, start + len(text)


def test_check_and_timeouts() -> None:
    pool = read(BOOTSTRAP, eds=EDS).pools[0]
    assert pool.timeouts.connect == timedelta(milliseconds=250)
    check = pool.servers[0].check
    assert check is not None
    assert (check.kind, check.interval, check.fall, check.rise, check.path, check.timeout) == (
        "http",
        timedelta(seconds=5),
        3,
        2,
        "/healthz",
        timedelta(seconds=1),
    )


def test_settings_have_snake_case_paths() -> None:
    pool = read(BOOTSTRAP, eds=EDS).pools[0]
    assert pool.options["connect_timeout"] == "0.25s"
    assert pool.options["health_checks.0.http_health_check.path"] == "/healthz"
    assert not any(path.startswith("load_assignment.endpoints") for path in pool.options)


def test_routes_inherit_a_retry_policy_and_split_by_weight() -> None:
    routes = read(BOOTSTRAP, eds=EDS).listeners[0].routes
    assert [(r.pool, r.condition, r.weight) for r in routes] == [("web", "* prefix /api", None), ("web", None, 90), ("canary", None, 10)]
    assert routes[0].options["retry_policy.num_retries"] == "3"
    assert routes[0].options["hash_policy.0.header.header_name"] == "x-user"
    # A route's own policy replaces its virtual host's whole.
    assert routes[1].options["retry_policy.retry_on"] == "connect-failure"
    assert "retry_policy.num_retries" not in routes[1].options


def test_endpoints_from_a_file() -> None:
    topology = read(BOOTSTRAP, eds=EDS)
    assert [s.name for s in topology.pools[1].servers] == ["10.0.0.9:80"]
    assert not topology.pools[1].discovered
    assert topology.files == ("envoy.yaml", "eds.yaml")
    assert topology.could_not == ()


def test_a_missing_file_is_said_and_leaves_the_pool_open() -> None:
    topology = read(BOOTSTRAP)
    assert topology.pools[1].discovered
    assert [c.line for c in topology.could_not] == [BOOTSTRAP[: BOOTSTRAP.index("path_config_source")].count("\n") + 1]
    assert "eds.yaml" in topology.could_not[0].reason


def test_admin_and_fragments() -> None:
    topology = read(BOOTSTRAP, eds=EDS)
    assert [(c.address, c.level, c.protocol) for c in topology.control_sockets] == [("127.0.0.1:9901", "admin", "http")]
    assert topology.complete
    assert not read(EDS).complete


def cluster(settings: str) -> Pool:
    topology = read(f"static_resources: {{clusters: [{{name: a, connect_timeout: 1s, {settings}}}]}}")
    assert topology.could_not == ()
    return topology.pools[0]


GOOGLE = "type.googleapis.com"
MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
POLICY = "load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {'@type': type.googleapis.com/%s}}}]}"
EXTENSIONS = "envoy.extensions.load_balancing_policies"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("lb_policy: round_robin", "ROUND_ROBIN"),
        ("lb_policy: 1", "LEAST_REQUEST"),
        ("lb_policy: MAGLEV", "MAGLEV"),
        ("lb_policy: RANDOM", "RANDOM"),
        ("type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED", "CLUSTER_PROVIDED"),
        (POLICY % f"{EXTENSIONS}.round_robin.v3.RoundRobin", "ROUND_ROBIN"),
        (POLICY % f"{EXTENSIONS}.least_request.v3.LeastRequest", "LEAST_REQUEST"),
        (POLICY % f"{EXTENSIONS}.random.v3.Random", "RANDOM"),
        (POLICY % f"{EXTENSIONS}.ring_hash.v3.RingHash", "RING_HASH"),
        (POLICY % f"{EXTENSIONS}.maglev.v3.Maglev", "MAGLEV"),
        (POLICY % f"{EXTENSIONS}.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin", "CLIENT_SIDE_WEIGHTED_ROUND_ROBIN"),
        (POLICY % f"{EXTENSIONS}.cluster_provided.v3.ClusterProvided", "CLUSTER_PROVIDED"),
        (
            POLICY % f"{EXTENSIONS}.wrr_locality.v3.WrrLocality, endpoint_picking_policy: {{policies: [{{typed_extension_config: "
            f"{{name: inner, typed_config: {{'@type': type.googleapis.com/{EXTENSIONS}.maglev.v3.Maglev}}}}}}]}}",
            "MAGLEV",
        ),
        (
            POLICY % f"{EXTENSIONS}.subset.v3.Subset, subset_lb_policy: {{policies: [{{typed_extension_config: "
            f"{{name: inner, typed_config: {{'@type': type.googleapis.com/{EXTENSIONS}.random.v3.Random}}}}}}]}}",
            "RANDOM",
        ),
    ],
)  # fmt: skip
def test_algorithms(settings: str, name: str) -> None:
    pool = cluster(settings)
    assert pool.algorithm.name == name
    assert pool.algorithm.location is not None
    assert pool.algorithm.hash_method == ("consistent" if name in ("RING_HASH", "MAGLEV") else None)


@pytest.mark.parametrize(
    ("settings", "discovery", "discovered"),
    [
        ("lb_policy: RANDOM", "STATIC", False),
        ("type: STRICT_DNS", "STRICT_DNS", True),
        ("type: logical_dns, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: "
         "{address: a.example, port_value: 1}}}}]}]}", "LOGICAL_DNS", True),
        ("type: 3, eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}", "EDS", True),
        ("cluster_type: {name: envoy.cluster.static}", "STATIC", False),
        (f"cluster_type: {{name: envoy.clusters.dns, typed_config: {{'@type': {GOOGLE}/envoy.extensions.clusters.dns.v3.DnsCluster}}}}",
         "STRICT_DNS", True),
        ("lb_policy: CLUSTER_PROVIDED, cluster_type: {name: envoy.clusters.dynamic_forward_proxy, typed_config: {'@type': "
         "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig, dns_cache_config: {name: x}}}",
         "envoy.clusters.dynamic_forward_proxy", True),
    ],
)  # fmt: skip
def test_discovery(settings: str, discovery: str, discovered: bool) -> None:
    pool = cluster(settings)
    assert (pool.discovery, pool.discovered) == (discovery, discovered)


HOST = "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1}}}}"
ONE = f"load_assignment: {{cluster_name: a, endpoints: [{{lb_endpoints: [{HOST}]}}]}}"
TLS = (
    ONE + f", transport_socket: {{name: t, typed_config: {{'@type': {GOOGLE}/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, "
    "%s}}"
)


@pytest.mark.parametrize(
    ("context", "verify"),
    [
        ("sni: a", "none"),
        ("common_tls_context: {validation_context: {}}", "none"),
        ("common_tls_context: {validation_context: {trusted_ca: {filename: /ca.pem}}}", "required"),
        ("common_tls_context: {validation_context: {trusted_ca: {filename: /ca.pem}, trust_chain_verification: ACCEPT_UNTRUSTED}}", "none"),
        ("commonTlsContext: {validationContext: {trustedCa: {filename: /ca.pem}}}", "required"),
        ("common_tls_context: {validation_context: {system_root_certs: {}}}", "required"),
        ("common_tls_context: {validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}}", "required"),
        ("common_tls_context: {combined_validation_context: {default_validation_context: {}, validation_context_sds_secret_config: "
         "{name: ca, sds_config: {ads: {}}}}}", "required"),
    ],
)  # fmt: skip
def test_tls_to_servers(context: str, verify: str) -> None:
    server = cluster(TLS % context).servers[0]
    assert (server.tls, server.tls_verify) == (True, verify)


def test_addresses_of_other_kinds() -> None:
    listed = "load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [%s]}]}"
    each = (
        "socket_address: {address: '::1', port_value: 80}",
        "pipe: {path: /run/app.sock}",
        "envoy_internal_address: {server_listener_name: l}",
    )
    pool = cluster(listed % ", ".join(f"{{endpoint: {{address: {{{one}}}}}}}" for one in each))
    assert [server.address for server in pool.servers] == ["[::1]:80", "/run/app.sock", "l"]


def test_values_that_are_spelt_out_or_stand_alone() -> None:
    pool = cluster(
        "load_assignment: {cluster_name: a, endpoints: {locality: {zone: z}, load_balancing_weight: {value: 4}, lb_endpoints: "
        "{load_balancing_weight: '7', endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: '80'}}}}}}"
    )
    assert [(server.name, server.weight) for server in pool.servers] == [("10.0.0.1:80", 7)]
    assert [(group.name, group.weight) for group in pool.localities] == [("z", 4)]


def test_presence_and_keys_with_dots() -> None:
    pool = cluster(
        "http2_protocol_options: {}, typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {'@type': "
        "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicitHttpConfig: {http2ProtocolOptions: {}}}}, "
        "metadata: {filterMetadata: {envoy.lb: {someKey: 1}}}, common_lb_config: {healthyPanicThreshold: {value: 0}}"
    )
    assert pool.options["http2_protocol_options"] == ""
    options = "typed_extension_protocol_options[envoy.extensions.upstreams.http.v3.HttpProtocolOptions]"
    assert pool.options[f"{options}.explicit_http_config.http2_protocol_options"] == ""
    assert pool.options["metadata.filter_metadata[envoy.lb].someKey"] == "1"
    assert pool.options["common_lb_config.healthy_panic_threshold.value"] == "0"
    above = {path[:at] for path in pool.options for at in range(len(path)) if path[at] in ".["}
    assert pool.places.keys() == pool.options.keys() | {path for path in above if path.count("[") == path.count("]")}


TCP = """\
static_resources:
  listeners:
  - name: db
    address: {socket_address: {address: 0.0.0.0, port_value: 5432}}
    per_connection_buffer_limit_bytes: 32768
    filter_chains:
    - filters:
      - name: t
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: db
          idle_timeout: 3600s
          weighted_clusters: {clusters: [{name: a, weight: 3}, {name: b, weight: 1}]}
  clusters:
  - {name: a, connect_timeout: 1s}
  - {name: b, connect_timeout: 1s, http2_protocol_options: {}}
  - {name: c, connect_timeout: 1s}
"""


def test_tcp() -> None:
    topology = read(TCP)
    listener = topology.listeners[0]
    assert (listener.mode, listener.binds[0].address) == ("tcp", "0.0.0.0:5432")
    assert [(r.pool, r.weight, r.options["idle_timeout"], r.options["weight"]) for r in listener.routes] == [
        ("a", 3, "3600s", "3"),
        ("b", 1, "3600s", "1"),
    ]
    assert listener.options["per_connection_buffer_limit_bytes"] == "32768"
    assert [(pool.name, pool.mode) for pool in topology.pools] == [("a", "tcp"), ("b", "http"), ("c", "http")]


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
