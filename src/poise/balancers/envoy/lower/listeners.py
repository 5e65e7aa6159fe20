"""A listener becomes a Listener with the routes of its filter chains. Pure."""

from collections.abc import Sequence

from poise.balancers.envoy.document import Node, Text
from poise.balancers.envoy.lower.clusters import address_of, header
from poise.balancers.envoy.lower.options import Part, options
from poise.balancers.envoy.lower.resources import Resource
from poise.balancers.envoy.lower.routes import http_routes, tcp_routes, udp_routes
from poise.balancers.envoy.lower.sources import Sources
from poise.balancers.envoy.tree import duration, get, items, text, typed
from poise.model.topology import Bind, Listener, Route, Timeouts

_SKIPPED = frozenset(("filter_chains", "default_filter_chain"))
_TABLE = frozenset(("route_config",))


def lower_listener(resource: Resource, tables: Sequence[Resource], sources: Sources) -> Listener:
    """The listener with all its routes. `tables` are RouteConfigurations that were read with it."""
    node, places = resource.node, resource.places
    parts = [Part(node, places, skip=_SKIPPED)]
    routes: list[Route] = []
    managers: list[Node] = []
    chains = [*items(node, "filter_chains"), *(each for each in [get(node, "default_filter_chain")] if each is not None)]
    tls = any(get(chain, "transport_socket") is not None for chain in chains)
    for each in (one for chain in chains for one in items(chain, "filters")):
        manager, proxy = typed(each, ".HttpConnectionManager"), typed(each, ".TcpProxy")
        if manager is not None:
            managers.append(manager)
            prefix = "hcm." if len(managers) == 1 else f"hcm#{len(managers)}."
            parts.append(Part(manager, places, prefix, _TABLE))
            routes += _manager_routes(manager, places, tables, sources)
        elif proxy is not None:
            routes += tcp_routes(each, proxy, places)
        else:
            parts.append(Part(get(each, "typed_config"), places, f"filters[{text(each, 'name')}]."))
    for each in items(node, "listener_filters"):
        udp = typed(each, ".UdpProxyConfig")
        if udp is not None:
            routes += udp_routes(each, udp, places)
    values, spots = options(parts)
    name = text(node, "name") or address_of(get(node, "address"))
    first = managers[0] if managers else None
    return Listener(
        name=name,
        product="envoy",
        mode="http" if managers else "tcp",
        binds=_binds(node, places, tls),
        routes=tuple(routes),
        location=header(node, places),
        timeouts=Timeouts(
            client=duration(first, "stream_idle_timeout"),
            http_request=duration(first, "request_timeout"),
            http_keep_alive=duration(first, "common_http_protocol_options", "idle_timeout"),
        ),
        options=values,
        places=spots,
    )


def lower_table(resource: Resource) -> Listener:
    """The routes of a RouteConfiguration whose listener was not read, as a listener without an address."""
    routes = tuple(http_routes(resource.node, resource.places))
    return Listener(resource.name, "envoy", "http", (), routes, header(resource.node, resource.places))


def _manager_routes(manager: Node, places: Text, tables: Sequence[Resource], sources: Sources) -> list[Route]:
    table = get(manager, "route_config")
    if table is not None:
        sources.handed_out(get(table, "vhds", "config_source"), places, "virtual hosts of", text(table, "name") or "its routes")
        return list(http_routes(table, places))
    rds = get(manager, "rds")
    if rds is None:
        scoped = get(manager, "scoped_routes", "scoped_rds", "scoped_rds_config_source")
        sources.handed_out(scoped, places, "the scoped routes", text(manager, "scoped_routes", "name"))
        return []
    name = text(rds, "route_config_name") or ""
    source = get(rds, "config_source")
    read = sources.from_file(source, places, f"the routes `{name}`")
    found = [each for each in (tables if read is None else read.routes) if each.name == name]
    if not found:
        sources.handed_out(source, places, "the routes", name)
    return [route for each in found for route in http_routes(each.node, each.places)]


def _binds(node: Node, places: Text, tls: bool) -> tuple[Bind, ...]:
    addresses = [get(node, "address"), *(get(each, "address") for each in items(node, "additional_addresses"))]
    found = []
    for address in addresses:
        if address is not None:
            values, spots = options((Part(address, places),))
            found.append(Bind(address_of(address), places.location(address.start, address.end), tls, values, spots))
    return tuple(found)
