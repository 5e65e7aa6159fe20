"""What an Envoy configuration means: pools, servers, routes and their settings, by the paths that rules rely on."""

from datetime import timedelta

import pytest
from lowered_envoy import cluster, read

from poise.model.location import Location
from poise.model.topology import Topology

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
    assert at(topology, pool.servers[0].spots.weight) == "100"
    assert pool.servers[0].spots.weight == Location("envoy.yaml", 44, 34, *_span("100", "weight: 100"))
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


@pytest.mark.parametrize(
    "way",
    [
        "cluster: dns",
        "matcher: {on_no_match: {action: {name: route, typed_config: "
        "{'@type': type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.Route, cluster: dns}}}}",
    ],
)
def test_a_udp_proxy_routes_by_its_cluster_or_its_matcher(way: str) -> None:
    proxy = f"'@type': type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig, stat_prefix: dns, {way}"
    own = f"[{{name: udp, typed_config: {{{proxy}, hash_policies: [{{source_ip: true}}]}}}}]"
    address = "{socket_address: {protocol: UDP, address: 0.0.0.0, port_value: 53}}"
    pools = "[{name: dns, connect_timeout: 1s, lb_policy: RING_HASH, load_assignment: {cluster_name: dns}}]"
    topology = read(f"static_resources: {{listeners: [{{name: l, address: {address}, listener_filters: {own}}}], clusters: {pools}}}")
    assert topology.could_not == ()
    (found,) = topology.listeners[0].routes
    assert (found.pool, found.options["hash_policy.0.source_ip"]) == ("dns", "true")
