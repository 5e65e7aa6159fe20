"""Holds a configuration against Envoy's API: fields, types, limits, and what must be set. Pure.

The table is that of Envoy 1.40. An extension whose package it does not know passes: a build of one's own may have it.
"""

from poise.balancers.envoy.document import Array, Document, Object, Scalar
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.schema.checker import Checker
from poise.balancers.envoy.syntax import refusals
from poise.model.could_not import CouldNot

__all__ = ["check"]

_BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap"
_RESOURCES = "envoy.service.discovery.v3.DiscoveryResponse"


def check(document: Document) -> tuple[CouldNot, ...]:
    """What Envoy refuses of this document beyond its syntax, one a line; a template has one reason only."""
    checker = Checker(document.json)
    # A list of resources is one of several files.
    for root in document.root.items if isinstance(document.root, Array) else [document.root]:
        name = _message_of(root) if isinstance(root, Object) else None
        if name is not None and root is not None:
            checker.message(root, name, root.start, within_any=True)
    return refusals(document.places, checker.problems)


def _message_of(root: Object) -> str | None:
    """What the whole file is. A dump of a running Envoy's configuration is that Envoy's to vouch for."""
    kind = root.member("@type")
    if kind is not None:
        name = kind.value.value.rpartition("/")[2] if isinstance(kind.value, Scalar) else ""
        return None if name.startswith("envoy.admin.") else name
    keys = {snake(member.key) for member in root.members}
    if "configs" in keys:
        return None
    if "resources" in keys:
        return _RESOURCES
    if "load_assignment" in keys:
        return "envoy.config.cluster.v3.Cluster"
    if "virtual_hosts" in keys:
        return "envoy.config.route.v3.RouteConfiguration"
    if "filter_chains" in keys:
        return "envoy.config.listener.v3.Listener"
    return "envoy.config.endpoint.v3.ClusterLoadAssignment" if {"cluster_name", "endpoints"} <= keys else _BOOTSTRAP
