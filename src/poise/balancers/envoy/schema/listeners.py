"""What Envoy refuses of listeners and of the bootstrap as a whole, beyond the types of their fields. Pure.

Each was tried with Envoy 1.40; sources: source/common/listener_manager and source/server/configuration_impl.cc.
"""

from collections.abc import Iterator

from poise.balancers.envoy.document import Array, Node, Object, Scalar
from poise.balancers.envoy.schema.addresses import is_ip, wrong_address
from poise.balancers.envoy.schema.routes import unknown_clusters
from poise.balancers.envoy.tree import entries, get, items, scalar, text, type_of

Refusal = tuple[Node, str]

_LAST = (
    "tcp_proxy.v3.TcpProxy",
    "http_connection_manager.v3.HttpConnectionManager",
    "redis_proxy.v3.RedisProxy",
    "thrift_proxy.v3.ThriftProxy",
    "echo.v3.Echo",
)
_NETWORK, _HTTP = "envoy.extensions.filters.network.", "envoy.extensions.filters.http."
_NEVER_LAST = frozenset(
    (
        "connection_limit", "ext_authz", "local_ratelimit", "mongo_proxy", "ratelimit", "rbac", "sni_cluster", "sni_dynamic_forward_proxy",
        "zookeeper_proxy", "set_filter_state",
    )
)  # fmt: skip
_NEVER_LAST_HTTP = frozenset(
    (
        "adaptive_concurrency", "admission_control", "bandwidth_limit", "buffer", "compressor", "cors",
        "csrf", "decompressor", "dynamic_forward_proxy", "ext_authz", "ext_proc", "fault",
        "grpc_http1_bridge", "grpc_http1_reverse_bridge", "grpc_json_transcoder", "grpc_stats", "grpc_web", "header_mutation",
        "header_to_metadata", "health_check", "ip_tagging", "jwt_authn", "local_ratelimit", "lua",
        "oauth2", "on_demand", "original_src", "ratelimit", "rbac", "set_filter_state",
        "set_metadata", "stateful_session", "tap",
    )
)  # fmt: skip


def listener(node: Node) -> Iterator[Refusal]:
    """A Listener."""
    if get(node, "api_listener") is not None or get(node, "internal_listener") is not None or get(node, "listener_specifier") is not None:
        return
    address = get(node, "address")
    if address is None:
        yield node, "a listener must have an `address`"
    yield from wrong_address(address)
    chains = items(node, "filter_chains")
    if (text(address, "socket_address", "protocol") or "TCP").upper() in ("UDP", "1"):
        if chains and get(node, "udp_listener_config", "quic_options") is None:
            yield chains[0], "a UDP listener takes no filter chains but those of QUIC"
    elif not chains and get(node, "default_filter_chain") is None:
        yield node, "a listener must have `filter_chains`"
    yield from _matches(chains)


def _matches(chains: list[Node]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for chain in chains:
        match = get(chain, "filter_chain_match")
        for name in items(match, "server_names"):
            if "*" in (text(name) or "").removeprefix("*"):
                yield name, "`server_names` takes `*` only as the whole first label"
        key = _shape(match) if match is not None else "{}"
        if key in seen:
            yield chain, "another filter chain of this listener has the same `filter_chain_match`"
        seen.add(key)


def _shape(node: Node) -> str:
    """The tree as text, for comparing; its depth is that of a match, which is shallow."""
    if isinstance(node, Scalar):
        return f"{node.kind}:{node.value}"
    if isinstance(node, Array):
        return "[" + ",".join(map(_shape, node.items)) + "]"
    return "{" + ",".join(sorted(f"{key}={_shape(value)}" for key, value in entries(node))) + "}"


def filter_chain(node: Node) -> Iterator[Refusal]:
    """A FilterChain: one filter must end it, and none before that."""
    filters = items(node, "filters")
    for index, each in enumerate(filters):
        kind = type_of(get(each, "typed_config"))
        last = index == len(filters) - 1
        if not last and kind.startswith(_NETWORK) and kind.endswith(_LAST):
            yield each, "this filter ends a chain, so it must be the last"
        if last and kind.startswith(_NETWORK) and kind.removeprefix(_NETWORK).partition(".")[0] in _NEVER_LAST:
            yield each, "a chain must end with a filter that passes the traffic on (tcp_proxy, http_connection_manager)"


def connection_manager(node: Node) -> Iterator[Refusal]:
    """A HttpConnectionManager."""
    filters = items(node, "http_filters")
    for index, each in enumerate(filters):
        kind = type_of(get(each, "typed_config"))
        last = index == len(filters) - 1
        if not last and kind == f"{_HTTP}router.v3.Router":
            yield each, "the router must be the last HTTP filter"
        if last and kind.startswith(_HTTP) and kind.removeprefix(_HTTP).partition(".")[0] in _NEVER_LAST_HTTP:
            yield each, "the last HTTP filter must pass the requests on: `envoy.filters.http.router`"
    seen: set[str] = set()
    for each in items(node, "upgrade_configs"):
        name = (text(each, "upgrade_type") or "").lower()
        if name in seen:
            yield each, f"the upgrade `{name[:80]}` stands twice"
        seen.add(name)


def server_tls(node: Node) -> Iterator[Refusal]:
    """A DownstreamTlsContext."""
    common = get(node, "common_tls_context")
    keys = (
        "tls_certificates",
        "tls_certificate_sds_secret_configs",
        "tls_certificate_provider_instance",
        "custom_tls_certificate_selector",
    )
    if not any(items(common, key) or isinstance(get(common, key), Object) for key in keys):
        yield node, "TLS towards clients needs a certificate: `common_tls_context.tls_certificates`"


def admin(node: Node) -> Iterator[Refusal]:
    """The Admin interface."""
    yield from wrong_address(get(node, "address"))


def runtime(node: Node) -> Iterator[Refusal]:
    """A LayeredRuntime."""
    seen: set[str] = set()
    layers = items(node, "layers")
    for layer in layers:
        name = text(layer, "name") or ""
        if name in seen:
            yield layer, f"two layers are named `{name[:80]}`"
        seen.add(name)
    admins = [layer for layer in layers if get(layer, "admin_layer") is not None]
    if len(admins) > 1:
        yield admins[1], "only one admin layer is allowed"


def network(node: Node) -> Iterator[Refusal]:
    """A CidrRange."""
    prefix = scalar(node, "address_prefix")
    if prefix is not None and prefix.value and not is_ip(prefix.value):
        yield prefix, f"`{prefix.value[:80]}` is no IP address"


def zipkin(node: Node) -> Iterator[Refusal]:
    """A ZipkinConfig."""
    if get(node, "collector_endpoint_version") is None:
        yield node, "`collector_endpoint_version` is missing (HTTP_JSON or HTTP_PROTO)"


def bootstrap(node: Node) -> Iterator[Refusal]:
    """A Bootstrap: what its parts say of each other."""
    static = get(node, "static_resources")
    names: set[str] = set()
    for each in items(static, "clusters"):
        name = text(each, "name") or ""
        if name and name in names:
            yield get(each, "name") or each, f"two clusters are named `{name[:80]}`"
        names.add(name)
    yield from _management(node, items(static, "clusters"))
    local = scalar(node, "cluster_manager", "local_cluster_name")
    if local is not None and local.value and local.value not in names:
        yield local, f"no static cluster is named `{local.value[:80]}`"
    yield from _bound(items(static, "listeners"))
    known = frozenset(names)
    for each in items(static, "listeners"):
        for chain in [*items(each, "filter_chains"), get(each, "default_filter_chain")]:
            for one in items(chain, "filters"):
                table = get(one, "typed_config", "route_config")
                if table is not None and type_of(get(one, "typed_config")).endswith(".HttpConnectionManager"):
                    yield from unknown_clusters(table, known)


def _management(node: Node, clusters: list[Node]) -> Iterator[Refusal]:
    """A management server must be reached through a static cluster that does not itself wait for one."""
    late = [each for each in clusters if (text(each, "type") or "").upper() in ("EDS", "3") and not _from_file(each)]
    ready = {text(each, "name") for each in clusters} - {text(each, "name") for each in late}
    dynamic = get(node, "dynamic_resources")
    sources = [get(dynamic, "ads_config"), *(get(dynamic, key, "api_config_source") for key in ("cds_config", "lds_config"))]
    sources += [get(each, "eds_cluster_config", "eds_config", "api_config_source") for each in clusters]
    for source in sources:
        if source is not None and get(source, "api_type") is None:
            yield source, "`api_type` is missing (GRPC, DELTA_GRPC, AGGREGATED_GRPC or REST)"
    for service in (each for source in sources for each in items(source, "grpc_services")):
        name = scalar(service, "envoy_grpc", "cluster_name")
        if name is not None and name.value not in ready:
            yield name, f"no static cluster `{name.value[:80]}` is declared (one whose endpoints come from a management server is too late)"


def _from_file(cluster: Node) -> bool:
    source = get(cluster, "eds_cluster_config", "eds_config")
    return get(source, "path_config_source") is not None or get(source, "path") is not None


def _bound(listeners: list[Node]) -> Iterator[Refusal]:
    """Two listeners of one name replace each other; two of one address do not."""
    seen: dict[str, str] = {}
    for index, each in enumerate(listeners):
        name = text(each, "name") or f"#{index}"
        for address in [get(each, "address"), *(get(more, "address") for more in items(each, "additional_addresses"))]:
            if address is None or text(address, "socket_address", "port_value") == "0":
                continue
            key = _shape(address)
            if seen.setdefault(key, name) != name:
                yield address, f"the listener `{seen[key][:80]}` has the same address"
