"""How a cluster picks a host: `lb_policy`, or the extension that `load_balancing_policy` names. Pure."""

from datetime import timedelta

from poise.balancers.envoy.document import Node, Scalar, Text
from poise.balancers.envoy.tree import duration, get, items, scalar, text, type_of
from poise.model.hashes import ENVOY_HASHES
from poise.model.topology import Algorithm

# The numbers of Cluster.LbPolicy; source: envoy/config/cluster/v3/cluster.proto.
_NUMBERS = {
    "0": "ROUND_ROBIN",
    "1": "LEAST_REQUEST",
    "2": "RING_HASH",
    "3": "RANDOM",
    "5": "MAGLEV",
    "6": "CLUSTER_PROVIDED",
    "7": "LOAD_BALANCING_POLICY_CONFIG",
}
_POLICIES = "envoy.extensions.load_balancing_policies."
# Policies that choose among groups of hosts, and where they name the one that picks the host.
_AROUND = {
    "subset": "subset_lb_policy",
    "wrr_locality": "endpoint_picking_policy",
    "override_host": "fallback_policy",
    "load_aware_locality": "endpoint_picking_policy",
}


def algorithm(cluster: Node, places: Text) -> Algorithm:
    """The algorithm of this cluster. Policies around it (subset, wrr_locality) show in the pool's options only."""
    found = _extension(get(cluster, "load_balancing_policy"))
    if found is not None:
        return _named(found[0], found[1], places)
    written = scalar(cluster, "lb_policy")
    if written is None:
        return Algorithm("ROUND_ROBIN")
    return _named(_NUMBERS.get(written.value, written.value.upper()), written, places)


def slow_start(cluster: Node) -> timedelta | None:
    """How long a host that is new gets less than its share: the window of the policy in use."""
    policy = get(cluster, "load_balancing_policy")
    found = _extension(policy)
    if found is not None:
        return duration(found[2], "slow_start_config", "slow_start_window")
    written = text(cluster, "lb_policy") or "ROUND_ROBIN"
    own = {"ROUND_ROBIN": "round_robin_lb_config", "LEAST_REQUEST": "least_request_lb_config"}
    return duration(cluster, own.get(_NUMBERS.get(written, written.upper()), ""), "slow_start_config", "slow_start_window")


def _extension(policy: Node | None) -> tuple[str, Scalar | Node, Node] | None:
    """Name, place and settings. Envoy takes the first policy that it knows. Never follows more policies than the syntax takes levels."""
    while policy is not None:
        inner: Node | None = None
        for each in items(policy, "policies"):
            config = get(each, "typed_extension_config", "typed_config")
            kind = type_of(config)
            if not kind.startswith(_POLICIES):
                continue
            short = kind.removeprefix(_POLICIES).partition(".")[0]
            inner = get(config, _AROUND[short]) if short in _AROUND else None
            if inner is None and config is not None:
                return short.upper(), scalar(config, "@type") or each, config
            break
        policy = inner
    return None


def _named(name: str, node: Node, places: Text) -> Algorithm:
    consistent = name in ENVOY_HASHES
    return Algorithm(name, hash_method="consistent" if consistent else None, location=places.location(node.start, node.end))
