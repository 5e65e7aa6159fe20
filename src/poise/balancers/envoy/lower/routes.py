"""Routes of an HTTP connection manager or a TCP proxy, with what they inherit. Pure."""

from collections.abc import Iterable, Iterator

from poise.balancers.envoy.document import Node, Text, walk
from poise.balancers.envoy.lower.options import Part, options
from poise.balancers.envoy.tree import get, items, key, number, text, type_of
from poise.model.topology import Route

_CLUSTERS = frozenset(("clusters",))
_SPLIT = frozenset(("weighted_clusters",))
# Where a route says nothing, its virtual host's value is in effect, and then its route configuration's. Checked against the fields of 1.40.
_FROM_HOST = ("retry_policy", "hedge_policy", "request_mirror_policies", "rate_limits", "cors", "retry_policy_typed_config")
_FROM_TABLE = ("request_mirror_policies",)
# What else a match may ask of a request: with any of these it leaves some requests over.
_OTHERWISE = ("runtime_fraction", "grpc", "tls_context", "dynamic_metadata", "filter_state", "cookies")
_PATHS = ("prefix", "path", "path_separated_prefix")


def http_routes(table: Node | None, places: Text) -> Iterator[Route]:
    """The routes of a RouteConfiguration that pass requests on; redirects and direct answers do not."""
    for host in items(table, "virtual_hosts"):
        domains = [domain for domain in (text(each) for each in items(host, "domains")) if domain]
        for route in [*items(host, "routes"), *_matched(get(host, "matcher"))]:
            action = get(route, "route")
            if action is None:
                continue
            inherited = [
                Part(get(level, name), places, name + ".", key=key(level, name))
                for level, keys in ((table, _FROM_TABLE), (host, _FROM_HOST))
                for name in keys
                if get(action, name) is None and get(level, name) is not None and (level is host or get(host, name) is None)
            ]
            match = get(route, "match")
            if get(match, "runtime_fraction") is not None:
                inherited.append(
                    Part(get(match, "runtime_fraction"), places, "match.runtime_fraction.", key=key(match, "runtime_fraction"))
                )
            yield from _routes(route, action, places, _condition(domains, match), inherited)


def _matched(matcher: Node | None) -> Iterator[Node]:
    """The routes that stand as actions in a tree of matches, in order."""
    for node in walk(matcher) if matcher is not None else ():
        kind = type_of(node)
        if kind == "envoy.config.route.v3.Route":
            yield node
        elif kind == "envoy.config.route.v3.RouteList":
            yield from items(node, "routes")


def tcp_routes(entry: Node, proxy: Node, places: Text) -> Iterator[Route]:
    """The routes of the TcpProxy that this filter is."""
    yield from _routes(entry, proxy, places, None, ())


def udp_routes(entry: Node, proxy: Node, places: Text) -> Iterator[Route]:
    """The routes of the UdpProxyConfig that this filter is: its cluster, or its matcher's actions. What they hash is named as in HTTP."""
    hashed, matcher = get(proxy, "hash_policies"), get(proxy, "matcher")
    policies = () if hashed is None else (Part(hashed, places, "hash_policy.", key=key(proxy, "hash_policies")),)
    if text(proxy, "cluster") is not None:
        yield from _routes(entry, proxy, places, None, policies)
    for node in walk(matcher) if matcher is not None else ():
        if type_of(node).endswith(".udp_proxy.v3.Route"):
            yield from _routes(entry, node, places, None, policies)


def _routes(entry: Node, action: Node, places: Text, condition: str | None, inherited: Iterable[Part]) -> Iterator[Route]:
    location = places.location(entry.start, entry.end)
    split = Part(get(action, "weighted_clusters"), places, "weighted_clusters.", _CLUSTERS)
    own = [*inherited, Part(action, places, skip=_SPLIT), split]
    clusters = items(action, "weighted_clusters", "clusters")
    for each in clusters:
        values, spots = options([*own, Part(each, places)])
        target = text(each, "name")
        pool = target or ""
        yield Route(
            pool=pool,
            condition=condition,
            location=places.location(each.start, each.end),
            target=target or _by_header(each),
            weight=number(each, "weight"),
            options=values,
            places=spots,
        )
    if not clusters:
        values, spots = options(own)
        target = text(action, "cluster")
        yield Route(target or "", condition, location, target or _by_header(action), options=values, places=spots)


def _by_header(action: Node) -> str | None:
    header = text(action, "cluster_header")
    return f"%REQ({header})%" if header else None


def _method(header: str, match: Node) -> str:
    """The method that a route takes. Values of other headers are nobody's business, and some are secrets."""
    value = text(match, "string_match", "exact") or text(match, "exact_match")
    return f" {value}" if header == ":method" and value and text(match, "invert_match") != "true" else ""


def _condition(domains: list[str], match: Node | None) -> str | None:
    path = next((f"{kind} {value}" for kind in _PATHS if (value := text(match, kind)) is not None), None)
    if path is None:
        regex = text(match, "safe_regex", "regex")
        path = f"safe_regex {regex}" if regex is not None else type_of(get(match, "path_match_policy")) or "connect_matcher"
    more = [f"header {name}{_method(name, each)}" for each in items(match, "headers") if (name := text(each, "name"))]
    more += [f"query {name}" for name in (text(each, "name") for each in items(match, "query_parameters")) if name]
    more += [each for each in _OTHERWISE if get(match, each) is not None]
    if domains in ([], ["*"]) and path == "prefix /" and not more:
        return None
    return " ".join([",".join(domains) or "*", path, *more])
