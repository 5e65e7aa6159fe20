"""What an Envoy cluster means, however it is spelt: algorithm, discovery, TLS, addresses."""

import pytest
from lowered_envoy import GOOGLE, cluster

POLICY = "load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {'@type': type.googleapis.com/%s}}}]}"
EXTENSIONS = "envoy.extensions.load_balancing_policies"
HOST = "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1}}}}"
ONE = f"load_assignment: {{cluster_name: a, endpoints: [{{lb_endpoints: [{HOST}]}}]}}"
TLS = (
    ONE + f", transport_socket: {{name: t, typed_config: {{'@type': {GOOGLE}/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, "
    "%s}}"
)


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
        ("type: STRICT_DNS, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: "
         "{address: a.example, port_value: 1}}}}, {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1}}}}]}]}",
         "STRICT_DNS", True),
        ("type: STRICT_DNS, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: "
         "{address: 10.0.0.1, port_value: 1}}}}, {endpoint: {address: {socket_address: {address: 'fd00::2', port_value: 1}}}}]}]}",
         "STRICT_DNS", False),
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
