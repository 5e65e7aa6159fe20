"""A cluster becomes a Pool, its endpoints Servers. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from sys import intern

from poise.balancers.envoy.document import Node, Object, Text
from poise.balancers.envoy.endpoints import spots
from poise.balancers.envoy.lower.algorithms import algorithm, slow_start
from poise.balancers.envoy.lower.checks import for_endpoint, health_check
from poise.balancers.envoy.lower.endpoint_spots import EndpointSpots
from poise.balancers.envoy.lower.options import Part, options
from poise.balancers.envoy.lower.resources import Resource
from poise.balancers.envoy.lower.sources import Sources
from poise.balancers.envoy.lower.tls import server_tls
from poise.balancers.envoy.syntax.alike import Alike, read_word
from poise.balancers.envoy.tree import duration, get, items, number, scalar, text, true, typed
from poise.model.light import dataclass
from poise.model.locality import Locality
from poise.model.location import Location
from poise.model.regexp import regexp
from poise.model.topology import HealthCheck, Pool, Server, Timeouts

# The numbers of Cluster.DiscoveryType; source: envoy/config/cluster/v3/cluster.proto.
_DISCOVERY = {"0": "STATIC", "1": "STRICT_DNS", "2": "LOGICAL_DNS", "3": "EDS", "4": "ORIGINAL_DST"}
_HEALTH = {"0": "UNKNOWN", "1": "HEALTHY", "2": "UNHEALTHY", "3": "DRAINING", "4": "TIMEOUT", "5": "DEGRADED"}
_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_FIGURES = regexp(r"\d{1,3}(?:\.\d{1,3}){3}:\d+")
_ENDPOINTS = frozenset(("endpoints",))
_SKIPPED = frozenset(("load_assignment.endpoints",))


@dataclass(frozen=True, slots=True)
class _Whole:
    """What all endpoints of a cluster have in common."""

    check: HealthCheck | None
    tls: bool
    tls_verify: str | None
    slow_start: timedelta | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What an endpoint says of itself, with the characters from which to which it does."""

    address: str
    address_span: tuple[int, int] | None
    weight: int | None
    weight_span: tuple[int, int] | None
    health: str | None
    check: HealthCheck | None


def lower_cluster(resource: Resource, eds: Sequence[Resource], sources: Sources) -> Pool:
    """The pool of one cluster. `eds` are ClusterLoadAssignments that were read with it."""
    node, places = resource.node, resource.places
    discovery = _discovery(node)
    assignment: Resource | None = Resource(node, places, "")
    discovered = discovery != "STATIC"
    load = get(node, "load_assignment")
    if discovery == "EDS":
        assignment, elsewhere = _from_eds(resource, eds, sources)
        discovered = assignment is None and elsewhere
        load = None if assignment is None else assignment.node
    checks = items(node, "health_checks")
    tls, verify = server_tls(node)
    whole = _Whole(health_check(checks[0] if checks else None, places), tls, verify, slow_start(node))
    servers, localities = _servers(load, places if assignment is None else assignment.places, whole)
    if discovery in ("STRICT_DNS", "LOGICAL_DNS") and servers and all(_literal(server.address) for server in servers):
        discovered = False
    parts = [Part(node, places, skip=_SKIPPED)]
    if assignment is not None and discovery == "EDS":
        parts.append(Part(load, assignment.places, "load_assignment.", _ENDPOINTS))
    values, spots = options(parts)
    return Pool(
        name=text(node, "name") or "",
        product="envoy",
        # What routes lead here decides where the cluster itself says nothing.
        mode="http",
        algorithm=algorithm(node, places),
        servers=servers,
        location=header(node, places),
        timeouts=Timeouts(connect=duration(node, "connect_timeout"), check=None if whole.check is None else whole.check.timeout),
        retries=0,
        http_check=bool(checks) and get(checks[0], "http_health_check") is not None,
        http_check_location=places.location(checks[0].start, checks[0].end) if checks else None,
        discovery=discovery,
        discovered=discovered,
        localities=localities,
        options=values,
        places=spots,
    )


def lower_endpoints(resource: Resource) -> Pool:
    """The pool of endpoints whose cluster was not read: what only that says (algorithm, checks, limits) is as Envoy has it by default."""
    servers, localities = _servers(resource.node, resource.places, _Whole(None, False, None, None))
    values, spots = options([Part(resource.node, resource.places, "load_assignment.", _ENDPOINTS)])
    return Pool(
        name=resource.name,
        product="envoy",
        mode="http",
        algorithm=algorithm(resource.node, resource.places),
        servers=servers,
        location=header(resource.node, resource.places, "cluster_name"),
        retries=0,
        discovery="EDS",
        localities=localities,
        options=values,
        places=spots,
    )


def header(node: Node, places: Text, name: str = "name") -> Location:
    """Where a cluster or listener says its name: a finding about all of it stands there."""
    if isinstance(node, Object):
        member = node.member(name)
        # An alias may stand for the value: that is written elsewhere.
        if member is not None:
            return places.location(member.start, member.value.end if member.value.end > member.end else member.end)
    return places.location(node.start, node.end)


def _discovery(node: Node) -> str:
    name = text(node, "cluster_type", "name")
    if name is None:
        written = text(node, "type") or "STATIC"
        return _DISCOVERY.get(written, written.upper())
    dns = typed(get(node, "cluster_type"), ".DnsCluster")
    if dns is not None:
        return "LOGICAL_DNS" if true(dns, "all_addresses_in_single_endpoint") else "STRICT_DNS"
    known = {f"envoy.cluster.{word.lower()}": word for word in _DISCOVERY.values()}
    return known.get(name, name)


def _literal(address: str) -> bool:
    """Whether the host of an address is written in figures: looking that up gives the same one address, for ever."""
    return address.startswith("[") or _FIGURES.fullmatch(address) is not None


def endpoints_name(resource: Resource) -> str:
    """What a cluster asks for as the name of its endpoints (`cluster_name` of a ClusterLoadAssignment)."""
    return text(resource.node, "eds_cluster_config", "service_name") or resource.name


def _from_eds(resource: Resource, eds: Sequence[Resource], sources: Sources) -> tuple[Resource | None, bool]:
    """The endpoints of that cluster, and where there are none, whether they may stand in what was not read."""
    name = endpoints_name(resource)
    source = get(resource.node, "eds_cluster_config", "eds_config")
    read = sources.from_file(source, resource.places, f"the endpoints of cluster `{resource.name}`")
    known = eds if read is None else read.endpoints
    found = next((each for each in known if each.name == name), None)
    if found is None:
        sources.handed_out(source, resource.places, "the endpoints of", resource.name)
    return found, read is None or not read.whole


def says_http(node: Node) -> bool:
    """Whether the cluster itself says that it speaks HTTP."""
    if any(get(node, key) is not None for key in ("http_protocol_options", "http2_protocol_options")):
        return True
    if any(get(each, "http_health_check") is not None for each in items(node, "health_checks")):
        return True
    extensions = get(node, "typed_extension_protocol_options")
    return get(extensions, _HTTP_OPTIONS) is not None


def _servers(load: Node | None, places: Text, whole: _Whole) -> tuple[tuple[Server, ...], tuple[Locality, ...]]:
    servers: list[Server] = []
    localities: list[Locality] = []
    times: Counter[str] = Counter()
    for group in items(load, "endpoints"):
        locality = _locality_name(get(group, "locality"))
        priority = number(group, "priority") or 0
        first = len(servers)
        for each in items(group, "lb_endpoints"):
            said = _said(each, whole)
            address = intern(said.address)
            times[address] += 1
            name = address if times[address] == 1 else f"{address}#{times[address]}"
            servers.append(_server(each, said, places, whole, name, address, priority, locality))
        weight, level = scalar(group, "load_balancing_weight"), scalar(group, "priority")
        localities.append(
            Locality(
                name=locality or "",
                priority=priority,
                weight=number(group, "load_balancing_weight"),
                servers=tuple(server.name for server in servers[first:]),
                location=places.location(group.start, group.end),
                weight_location=None if weight is None else places.location(weight.start, weight.end),
                priority_location=None if level is None else places.location(level.start, level.end),
            )
        )
    return tuple(servers), tuple(localities)


def _said(each: Node, whole: _Whole) -> _Said:
    where = spots(each.shape) if isinstance(each, Alike) else None
    if isinstance(each, Alike) and where is not None:
        host, port = read_word(each.words[where.host]).value, read_word(each.words[where.port]).value
        weight = get(None if where.weight is None else each.word(where.weight))
        return _Said(_joined(host, port), each.span(where.address), number(weight), _span(weight), None, whole.check)
    endpoint, health = get(each, "endpoint"), text(each, "health_status")
    address = get(endpoint, "address")
    return _Said(
        address_of(address),
        _span(address),
        number(each, "load_balancing_weight"),
        _span(scalar(each, "load_balancing_weight")),
        None if health is None else _HEALTH.get(health, health),
        for_endpoint(whole.check, endpoint),
    )


def _span(node: Node | None) -> tuple[int, int] | None:
    return None if node is None else (node.start, node.end)


def _server(each: Node, said: _Said, places: Text, whole: _Whole, name: str, address: str, priority: int, locality: str | None) -> Server:
    values, kept = options((Part(each, places),))
    return Server(
        name=name,
        address=address,
        # As nginx's `drain`: it gets no new request but in panic (measured with 1.40), and is in no percentage, as unhealthy ones are.
        role="disabled" if said.health == "DRAINING" else "active",
        weight=1 if said.weight is None else said.weight,
        location=places.location(each.start, each.end),
        check=said.check,
        slow_start=whole.slow_start,
        tls=whole.tls,
        tls_verify=whole.tls_verify,
        priority=priority,
        locality=locality,
        health=said.health,
        options=values,
        places=kept,
        spots=EndpointSpots(places, each.start, said.address_span, said.weight_span),
    )


def _locality_name(locality: Node | None) -> str | None:
    if locality is None:
        return None
    return "/".join(part for part in (text(locality, key) for key in ("region", "zone", "sub_zone")) if part)


def address_of(address: Node | None) -> str:
    """An Address as one word: host:port, a socket's path, or the name of a listener within the same Envoy; "" for none."""
    socket = get(address, "socket_address")
    if socket is not None:
        host = text(socket, "address") or ""
        port = text(socket, "port_value") or text(socket, "named_port") or ""
        return _joined(host, port)
    return text(address, "pipe", "path") or text(address, "envoy_internal_address", "server_listener_name") or ""


def _joined(host: str, port: str) -> str:
    return f"[{host}]:{port or 0}" if ":" in host else f"{host}:{port or 0}"
