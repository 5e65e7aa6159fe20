"""What Envoy refuses of a cluster beyond the types of its fields. Pure.

Each was tried with Envoy 1.40; sources: source/common/upstream/upstream_impl.cc and the cluster and policy extensions there.
"""

from collections.abc import Iterator
from datetime import timedelta

from poise.balancers.envoy.document import Node, Scalar
from poise.balancers.envoy.endpoints import spots
from poise.balancers.envoy.schema.addresses import is_ip, wrong_address, wrong_socket
from poise.balancers.envoy.syntax.alike import Alike, read_word
from poise.balancers.envoy.tree import duration, get, items, number, text, type_of

Refusal = tuple[Node, str]

_OF_NAMES = "; type STRICT_DNS or LOGICAL_DNS does"
_TYPES = {"0": "STATIC", "1": "STRICT_DNS", "2": "LOGICAL_DNS", "3": "EDS", "4": "ORIGINAL_DST"}
_PROVIDED, _CONFIGURED = ("CLUSTER_PROVIDED", "6"), ("LOAD_BALANCING_POLICY_CONFIG", "7")
# Cluster extensions that bring the load balancer with them.
_BRING_THEIR_OWN = ("envoy.clusters.aggregate", "envoy.clusters.dynamic_forward_proxy", "envoy.cluster.original_dst")
_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def cluster(node: Node) -> Iterator[Refusal]:
    """A Cluster."""
    kind = _kind(node)
    policy = (text(node, "lb_policy") or "ROUND_ROBIN").upper()
    own = kind == "ORIGINAL_DST" or text(node, "cluster_type", "name") in _BRING_THEIR_OWN
    yield from _discovery(node, kind)
    yield from _policy(node, policy, kind, own)
    yield from _checks(node)
    both = get(node, "http_protocol_options") is not None and get(node, "http2_protocol_options") is not None
    if both and (text(node, "protocol_selection") or "0").upper() in ("0", "USE_CONFIGURED_PROTOCOL"):
        yield node, "`http_protocol_options` and `http2_protocol_options` exclude each other unless `protocol_selection` chooses"
    least, most = duration(node, "dns_failure_refresh_rate", "base_interval"), duration(node, "dns_failure_refresh_rate", "max_interval")
    if least is not None and most is not None and most < least:
        yield node, "`dns_failure_refresh_rate.max_interval` must be at least its `base_interval`"
    yield from wrong_socket(get(node, "upstream_bind_config", "source_address"))


def _kind(node: Node) -> str:
    if get(node, "cluster_type") is not None:
        return ""
    written = (text(node, "type") or "STATIC").upper()
    return _TYPES.get(written, written)


def _discovery(node: Node, kind: str) -> Iterator[Refusal]:
    groups = items(node, "load_assignment", "endpoints")
    if kind == "STATIC":
        for endpoint in (each for group in groups for each in items(group, "lb_endpoints")):
            if _by_ip(endpoint):
                continue
            if get(endpoint, "endpoint", "address") is None:
                yield endpoint, "an endpoint of a STATIC cluster must have an `address`"
            yield from wrong_address(get(endpoint, "endpoint", "address"), _OF_NAMES)
            for more in items(endpoint, "endpoint", "additional_addresses"):
                yield from wrong_address(get(more, "address"), _OF_NAMES)
    if kind == "LOGICAL_DNS" and (len(groups) != 1 or len(items(groups[0], "lb_endpoints")) != 1):
        yield node, "a LOGICAL_DNS cluster must have exactly one locality with exactly one endpoint; STRICT_DNS takes several"
    if kind == "EDS" and get(node, "eds_cluster_config", "eds_config") is None:
        yield node, "an EDS cluster must say where its endpoints come from: `eds_cluster_config.eds_config`"
    if kind not in ("EDS", "") and get(node, "eds_cluster_config") is not None:
        yield node, f"`eds_cluster_config` is only for clusters of type EDS, and this one is {kind}"
    if kind == "ORIGINAL_DST" and get(node, "load_assignment") is not None:
        yield node, "an ORIGINAL_DST cluster takes no `load_assignment`"


def _by_ip(endpoint: Node) -> bool:
    """Whether an endpoint that is written like others says no more than an IP address, so that nobody needs its nodes."""
    where = spots(endpoint.shape) if isinstance(endpoint, Alike) else None
    return isinstance(endpoint, Alike) and where is not None and is_ip(read_word(endpoint.words[where.host]).value)


def _policy(node: Node, policy: str, kind: str, own: bool) -> Iterator[Refusal]:
    place = get(node, "lb_policy") or node
    extension = get(node, "load_balancing_policy")
    if kind == "ORIGINAL_DST" and policy not in (*_PROVIDED, *_CONFIGURED):
        yield place, "an ORIGINAL_DST cluster needs `lb_policy: CLUSTER_PROVIDED`"
    elif extension is None and own and policy not in _PROVIDED:
        yield place, "this cluster brings its own load balancer: it needs `lb_policy: CLUSTER_PROVIDED`"
    elif not own and kind and policy in _PROVIDED:
        yield place, f"a cluster of type {kind} provides no load balancer: CLUSTER_PROVIDED is not for it"
    if policy in _CONFIGURED and extension is None:
        yield place, "`lb_policy: LOAD_BALANCING_POLICY_CONFIG` needs a `load_balancing_policy`"
    if extension is not None:
        types = [type_of(get(each, "typed_extension_config", "typed_config")) for each in items(extension, "policies")]
        if not any(name and not name.startswith("google.protobuf.") for name in types):
            yield extension, "`load_balancing_policy` names no policy that Envoy knows"
    if policy in _PROVIDED and get(node, "lb_subset_config") is not None:
        yield place, "CLUSTER_PROVIDED cannot be combined with `lb_subset_config`"


def _checks(node: Node) -> Iterator[Refusal]:
    checks = items(node, "health_checks")
    for check in checks:
        if len(checks) > 1 and not text(check, "name"):
            yield check, "where a cluster has several health checks, each must have a `name`"
        if get(check, "grpc_health_check") is not None and not _speaks_http2(node):
            yield check, "a gRPC health check needs a cluster that speaks HTTP/2 (`http2_protocol_options`)"


def _speaks_http2(node: Node) -> bool:
    if get(node, "http2_protocol_options") is not None:
        return True
    config = get(node, "typed_extension_protocol_options", _HTTP_OPTIONS)
    return config is not None and (
        get(config, "explicit_http_config", "http_protocol_options") is None
        or get(config, "explicit_http_config", "http2_protocol_options") is not None
    )


def http_check(node: Node) -> Iterator[Refusal]:
    """A HealthCheck.HttpHealthCheck."""
    for key in ("expected_statuses", "retriable_statuses"):
        for each in items(node, key):
            start, end = number(each, "start") or 0, number(each, "end") or 0
            if start >= end or start < 100 or end > 600:
                yield each, f"`{key}` must go from 100 or more to 600 or less, `end` itself not included"


def tcp_check_payload(node: Node) -> Iterator[Refusal]:
    """A HealthCheck.Payload."""
    value = get(node, "text")
    if isinstance(value, Scalar) and (len(value.value) % 2 or not all(sign in "0123456789abcdefABCDEF" for sign in value.value)):
        yield value, "`text` must be hexadecimal (`50494e47` for PING)"


def ring(node: Node) -> Iterator[Refusal]:
    """A RingHashLbConfig or the RingHash extension."""
    least, most = number(node, "minimum_ring_size"), number(node, "maximum_ring_size")
    if (1024 if least is None else least) > (8388608 if most is None else most):
        yield node, "`minimum_ring_size` (1024 unless set) must not exceed `maximum_ring_size`"


def maglev(node: Node) -> Iterator[Refusal]:
    """A MaglevLbConfig or the Maglev extension."""
    size, place = number(node, "table_size"), get(node, "table_size")
    if size is not None and place is not None and 0 < size <= 5_000_011 and not _is_prime(size):
        yield place, "`table_size` must be a prime number, such as 65537"


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % factor for factor in range(2, int(number**0.5) + 1))


def outlier(node: Node) -> Iterator[Refusal]:
    """An OutlierDetection."""
    base, most = duration(node, "base_ejection_time") or timedelta(seconds=30), duration(node, "max_ejection_time")
    if most is not None and most < base:
        yield node, "`max_ejection_time` must not be less than `base_ejection_time` (30s unless set)"


def subset(node: Node) -> Iterator[Refusal]:
    """A LbSubsetConfig.LbSubsetSelector."""
    if (text(node, "fallback_policy") or "").upper() in ("KEYS_SUBSET", "4") and not items(node, "fallback_keys_subset"):
        yield node, "`fallback_policy: KEYS_SUBSET` needs `fallback_keys_subset`"
