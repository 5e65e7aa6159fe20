"""`/config_dump` as a topology: the clusters, listeners and routes that run, without their endpoints, which `/clusters` tells. Pure.

An answer of Envoy's holds a cluster's endpoints twice where everything is asked for (10,000 of them: 9 MB, 1 s of Envoy's main thread), so
that resources are asked for one kind at a time, and of large pools by a mask. Envoy drops fields that have their type's zero.
"""

import json
from collections.abc import Iterable
from typing import Any

from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse
from poise.model.settled import settle
from poise.model.topology import Topology

# Fields that every Envoy since 1.20 knows: one that it does not know spoils the whole mask.
COMPARED = (
    "name", "type", "cluster_type", "connect_timeout", "lb_policy", "load_balancing_policy", "health_checks", "circuit_breakers",
    "outlier_detection", "common_lb_config", "lb_subset_config", "ring_hash_lb_config", "maglev_lb_config", "least_request_lb_config",
    "round_robin_lb_config", "typed_extension_protocol_options", "max_requests_per_connection", "eds_cluster_config",
    "dns_lookup_family", "preconnect_policy", "per_connection_buffer_limit_bytes", "ignore_health_on_host_removal",
)  # fmt: skip
CLUSTERS, OTHERS = ("static_clusters", "dynamic_active_clusters"), ("static_listeners", "dynamic_listeners", "dynamic_route_configs")
_HOLDERS = (("cluster",), ("active_state", "listener"), ("listener",), ("route_config",))


def questions(masked: bool) -> tuple[str, ...]:
    """What is asked, one after the other."""
    mask = "&mask=" + "%2C".join(f"cluster.{field}" for field in COMPARED) if masked else ""
    return (*(f"/config_dump?resource={kind}{mask}" for kind in CLUSTERS), *(f"/config_dump?resource={kind}" for kind in OTHERS))


def topology(answers: Iterable[str]) -> Topology:
    """What runs. Raises ValueError for an answer that is none of `/config_dump`."""
    found: list[object] = []
    for answer in answers:
        try:
            whole = json.loads(answer)
        except RecursionError:
            raise ValueError("it is nested too deep") from None
        if not isinstance(whole, dict) or not isinstance(whole.get("configs", []), list):
            raise ValueError(f"expected the configuration of Envoy, got {answer.strip()[:40]!r}")
        for each in whole.get("configs", []):
            resource = next((inner for path in _HOLDERS if (inner := _at(each, path)) is not None), None)
            if resource is not None:
                found.append(_without_endpoints(resource))
    running = lower([parse(json.dumps({"resources": found}), "config_dump.json")])
    settle(running)
    return running


def _at(node: Any, path: tuple[str, ...]) -> dict[str, Any] | None:
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None


def _without_endpoints(resource: dict[str, Any]) -> dict[str, Any]:
    assignment = resource.get("load_assignment")
    groups = assignment.get("endpoints") if isinstance(assignment, dict) else None
    if not isinstance(assignment, dict) or not isinstance(groups, list):
        return resource
    bare = [{key: value for key, value in group.items() if key != "lb_endpoints"} for group in groups if isinstance(group, dict)]
    return {**resource, "load_assignment": {**assignment, "endpoints": bare}}
