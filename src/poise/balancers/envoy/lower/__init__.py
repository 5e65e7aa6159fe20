"""Turns read Envoy configurations into a Topology: listeners, routes, pools and servers.

Settings are found by dotted path, keys in snake_case however the file spells them (`connectTimeout` is `connect_timeout`), items of a list by
their number from 0, and a key that is no name of a field in brackets:

| where | paths begin below | examples |
|---|---|---|
| `Pool.options` | the cluster, without its endpoints | `connect_timeout`, `health_checks.0.interval`, `circuit_breakers.thresholds.0.max_connections`, `load_assignment.policy.overprovisioning_factor`, `typed_extension_protocol_options[envoy.extensions.upstreams.http.v3.HttpProtocolOptions].explicit_http_config.http2_protocol_options` |
| `Server.options` | the endpoint (one of `lb_endpoints`) | `load_balancing_weight`, `endpoint.address.socket_address.port_value`, `metadata.filter_metadata[envoy.lb].canary` |
| `Listener.options` | the listener, without its filter chains | `per_connection_buffer_limit_bytes`, `connection_balance_config.exact_balance` |
| | `hcm.` + the connection manager, without its routes | `hcm.stat_prefix`, `hcm.http2_protocol_options.max_concurrent_streams`, `hcm.http_filters.0.name`; the second in the listener is `hcm#2.` |
| | `filters[NAME].` + any other network filter's configuration, TCP proxies excepted | `filters[envoy.filters.network.ratelimit].domain` |
| `Bind.options` | the address | `socket_address.port_value` |
| `Route.options` | the route action, with what it inherits; for a weighted split also the one cluster's entry, and below `weighted_clusters.` what all have in common; TCP: the TcpProxy | `cluster`, `timeout`, `retry_policy.num_retries`, `hash_policy.0.header.header_name`, `weight` |
| `Topology.options` | the bootstrap, without its static resources | `admin.address.socket_address.port_value`, `layered_runtime.layers.0.static_layer[overload.global_downstream_max_connections]` |

A value is the scalar as Envoy reads it (`"5s"` is `5s`, `yes` is `true`, `0x10` is `16`); null is nothing, an empty message or list is "".
An extension's settings stand below `typed_config`, its type at `typed_config.@type`. `places` tells where each value stands,
and, for a message or a list, its key.
"""  # noqa: E501 - a table's row cannot be broken

from collections.abc import Sequence
from dataclasses import replace

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower.alone import with_resources_alone
from poise.balancers.envoy.lower.clusters import address_of, lower_cluster, says_http
from poise.balancers.envoy.lower.listeners import lower_listener
from poise.balancers.envoy.lower.options import Part, options
from poise.balancers.envoy.lower.report import Report
from poise.balancers.envoy.lower.resources import Resource, Resources
from poise.balancers.envoy.lower.sources import Find, Sources, is_remote, nowhere
from poise.balancers.envoy.schema import check
from poise.balancers.envoy.tree import get
from poise.model.control import ControlSocket
from poise.model.could_not import CouldNot
from poise.model.topology import Listener, Pool, Topology

__all__ = ["lower"]

_SKIPPED = frozenset(("static_resources",))


def lower(documents: Sequence[Document], find: Find = nowhere, target: str | None = None) -> Topology:
    """The topology that these documents describe together: a bootstrap with files of resources, or such files alone.

    `find` gives the files that the configuration names; it is asked for each once. Never raises.
    Source: Envoy's API reference, v3 (checked with 1.40).
    """
    return _Lowering(documents, find, target).run()


class _Lowering:
    def __init__(self, documents: Sequence[Document], find: Find, target: str | None) -> None:
        self.documents, self.target = documents, target
        self.report = Report(tuple(entry for document in documents for entry in (*document.could_not, *check(document))))
        self.sources = Sources(find, self.report)
        self.found = Resources()
        for document in documents:
            self.found.add(document)
        self.remote = False

    def run(self) -> Topology:
        found = self.found
        for bootstrap in found.bootstraps:
            self.discover(bootstrap)
        listeners = tuple(lower_listener(each, found.routes, self.sources) for each in found.listeners)
        modes = _modes(listeners)
        pools = tuple(self.pool(each, modes) for each in found.clusters)
        alone: tuple[CouldNot, ...] = ()
        if not found.bootstraps:
            listeners, pools, alone = with_resources_alone(found, listeners, pools)
        values, places = options([Part(each.node, each.places, skip=_SKIPPED) for each in found.bootstraps])
        return Topology(
            product="envoy",
            file=self.documents[0].file if self.documents else "",
            listeners=listeners,
            pools=pools,
            control_sockets=tuple(socket for each in found.bootstraps for socket in _admin(each)),
            target=self.target,
            complete=bool(found.bootstraps) and not self.remote,
            files=tuple({**found.files, **self.sources.files}),
            options=values,
            places=places,
            could_not=tuple(self.report.entries),
            not_judged=(*self.sources.not_judged(), *alone),
        )

    def discover(self, bootstrap: Resource) -> None:
        """Add what the bootstrap takes from files; what a management server hands out is not in any."""
        dynamic = get(bootstrap.node, "dynamic_resources")
        for key, what in (("cds_config", "the clusters"), ("lds_config", "the listeners")):
            source = get(dynamic, key)
            self.remote = self.remote or is_remote(source)
            if key[:3] not in self.found.dumped:
                self.sources.handed_out(source, bootstrap.places, what)
            read = self.sources.from_file(source, bootstrap.places, what)
            if read is not None:
                self.found.clusters += read.clusters
                self.found.listeners += read.listeners

    def pool(self, resource: Resource, modes: dict[str, set[str]]) -> Pool:
        pool = lower_cluster(resource, self.found.endpoints, self.sources)
        if modes.get(pool.name) == {"tcp"} and not says_http(resource.node):
            return replace(pool, mode="tcp")
        return pool


def _modes(listeners: Sequence[Listener]) -> dict[str, set[str]]:
    """By pool, what the listeners that route to it speak."""
    modes: dict[str, set[str]] = {}
    for listener in listeners:
        for route in listener.routes:
            modes.setdefault(route.pool, set()).add(listener.mode)
    return modes


def _admin(bootstrap: Resource) -> list[ControlSocket]:
    address = get(bootstrap.node, "admin", "address")
    if address is None or not address_of(address):
        return []
    location = bootstrap.places.location(address.start, address.end)
    return [ControlSocket(address_of(address), "admin", location, protocol="http")]
