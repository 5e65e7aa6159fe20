"""Envoy's reader as it is fuzzed."""

from collections.abc import Iterator

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse, recognise, unparse
from poise.model.could_not import CouldNot
from poise.model.topology import Topology

# A name of neither kind: what the text begins with decides whether it is YAML or JSON.
FILE = "envoy.conf"
NEIGHBOUR = """admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
  - name: in
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: web}
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8080}}}
          load_balancing_weight: 3
"""
CONTEXTS = ("", "static_resources:\n  clusters:\n  - name: web\n    ", '{"static_resources": {"clusters": [{"name": "web", ', "a: [")
# What the configuration's files of resources hold: endpoints, clusters that name a file again, and nothing that can be read.
INCLUDED = {
    "eds.yaml": 'resources:\n- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment\n  cluster_name: web\n'
    "  endpoints:\n  - lb_endpoints:\n    - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}\n",
    "cds.json": '{"resources": [{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "web", "type": "EDS",'
    ' "eds_cluster_config": {"eds_config": {"path_config_source": {"path": "eds.yaml"}}}}]}',
    "broken.yaml": "a: [b\n",
}


def _find(path: str, _: str) -> Document | CouldNot:
    return parse(INCLUDED[path], path) if path in INCLUDED else CouldNot(path, "there is no such file")


def read(text: str, file: str = FILE) -> Topology:
    """The topology of one text together with the files that it names."""
    document = parse(text, file)
    assert unparse(document) == text, "unparse(parse(text)) is not the text"
    topology = lower([document], _find, (None, "1.40")[len(text) % 2])
    for part in (topology, *topology.pools, *topology.listeners, *(s for p in topology.pools for s in p.servers)):
        # Settings are worked out when somebody asks.
        assert len(part.options) >= 0 and len(part.places) >= 0
    for listener in topology.listeners:
        for route in listener.routes:
            assert len(route.options) >= 0
    return topology


def recognised(text: str) -> bool:
    """Whether the text is taken for Envoy's."""
    return recognise(text)


def words() -> Iterator[str]:
    """Fields and values that the reader or a rule asks for, and signs that mean something."""
    yield from """
        static_resources: dynamic_resources: clusters: listeners: admin: address: socket_address: port_value: pipe: path: node:
        layered_runtime: layers: static_layer: overload_manager: cluster_manager: cds_config: lds_config: path_config_source: eds.yaml
        cds.json broken.yaml ads: api_config_source: resource_api_version: name: type: connect_timeout: lb_policy: load_assignment:
        cluster_name: endpoints: lb_endpoints: endpoint: load_balancing_weight: priority: locality: region: zone: sub_zone: health_status:
        health_check_config: health_checks: interval: timeout: unhealthy_threshold: healthy_threshold: http_health_check:
        tcp_health_check: grpc_health_check: outlier_detection: consecutive_5xx: max_ejection_percent: base_ejection_time:
        circuit_breakers: thresholds: max_connections: max_pending_requests: max_requests: max_retries: common_lb_config:
        healthy_panic_threshold: value: locality_weighted_lb_config: zone_aware_lb_config: ring_hash_lb_config: maglev_lb_config:
        least_request_lb_config: slow_start_config: lb_subset_config: load_balancing_policy: policies: typed_extension_config:
        typed_config: @type: policy: overprovisioning_factor: drop_overloads: transport_socket: common_tls_context: validation_context:
        trusted_ca: sni: filter_chains: filters: stat_prefix: route_config: virtual_hosts: domains: routes: match: prefix: route: cluster:
        weighted_clusters: weight: total_weight: retry_policy: retry_on: num_retries: per_try_timeout: hash_policy: header: header_name:
        cookie: ttl: source_ip: idle_timeout: request_timeout: eds_cluster_config: eds_config: service_name: dns_lookup_family:
        dns_refresh_rate: use_tcp_for_dns_lookups: original_dst_lb_config: upstream_connection_options: tcp_keepalive:
        typed_extension_protocol_options: http2_protocol_options: explicit_http_config: max_requests_per_connection:
        common_http_protocol_options: resources: configs: bootstrap: dynamic_active_clusters: rds: ROUND_ROBIN LEAST_REQUEST RANDOM
        RING_HASH MAGLEV CLUSTER_PROVIDED STATIC STRICT_DNS LOGICAL_DNS EDS ORIGINAL_DST HEALTHY UNHEALTHY DRAINING DEGRADED 5s 0.25s
        1000000000s -1s 0s true false yes no on off null ~ 0 1 128 0x10 010 4294967296 -1 1e400 .inf .nan &a *a <<: !!str !!int !!binary
        !ignore ! - ? : | > |- >+ |2 { } [ ] , " ' # --- ... %YAML %TAG \\ud800 \\u0041 \\n // /* loadAssignment lbPolicy connectTimeout
        {{ }} {% %} ${HOST} $HOST
    """.split()
    for kind in (
        "config.cluster.v3.Cluster", "config.listener.v3.Listener", "config.endpoint.v3.ClusterLoadAssignment",
        "config.route.v3.RouteConfiguration", "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "extensions.upstreams.http.v3.HttpProtocolOptions", "admin.v3.BootstrapConfigDump", "admin.v3.ClustersConfigDump",
        "extensions.load_balancing_policies.ring_hash.v3.RingHash", "extensions.load_balancing_policies.round_robin.v3.RoundRobin",
        "extensions.load_balancing_policies.wrr_locality.v3.WrrLocality", "extensions.clusters.aggregate.v3.ClusterConfig",
    ):  # fmt: skip
        yield f'"@type": type.googleapis.com/envoy.{kind}'
    yield from ("\n  ", "\n      ", "\r\n", "\r", "\0", "\ufeff", "\t", "\x85", "\u2028")
