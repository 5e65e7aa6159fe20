"""What Envoy refuses of routes beyond the types of their fields. Pure.

Each was tried with Envoy 1.40; source: source/common/router/config_impl.cc.
"""

from collections.abc import Iterator

from poise.balancers.envoy.document import Node
from poise.balancers.envoy.schema.regex import wrong_regex
from poise.balancers.envoy.tree import duration, get, items, number, scalar, text
from poise.model.regexp import regexp

Refusal = tuple[Node, str]

_REWRITES = ("prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "path_rewrite")
# A percent sign begins a command; two of them are one sign.
_COMMAND = regexp(r"%%|%[A-Z][A-Z0-9_]*(?:\([^)]*\))?(?::\d+)?%")
_MOST_WEIGHT = 2**32 - 1


def table(node: Node) -> Iterator[Refusal]:
    """A RouteConfiguration."""
    seen: set[str] = set()
    for domain in (each for host in items(node, "virtual_hosts") for each in items(host, "domains")):
        name = text(domain)
        if name is None:
            continue
        if name.lower() in seen:
            yield domain, f"the domain `{name[:80]}` stands twice in this route configuration"
        seen.add(name.lower())
    yield from headers(node)


def host(node: Node) -> Iterator[Refusal]:
    """A VirtualHost."""
    if get(node, "matcher") is not None and items(node, "routes"):
        yield node, "`matcher` and `routes` exclude each other"
    yield from headers(node)


def virtual_cluster(node: Node) -> Iterator[Refusal]:
    """A VirtualCluster."""
    if not items(node, "headers"):
        yield node, "a virtual cluster must say which requests it counts: `headers`"


def mirror(node: Node) -> Iterator[Refusal]:
    """A RouteAction.RequestMirrorPolicy."""
    if bool(text(node, "cluster")) == bool(text(node, "cluster_header")):
        yield node, "exactly one of `cluster` and `cluster_header` must say where copies go"


def headers(node: Node) -> Iterator[Refusal]:
    """The headers that a route, its virtual host or its table adds and takes away."""
    for way in ("request", "response"):
        for each in items(node, f"{way}_headers_to_add"):
            key, value = scalar(each, "header", "key"), scalar(each, "header", "value")
            if key is not None and _protected(key.value):
                yield key, f"the header `{key.value[:80]}` must not be changed (`host_rewrite_literal` is for the host)"
            if value is not None and "%" in _COMMAND.sub("", value.value):
                yield value, "a `%` here must begin a command (`%REQ(X-Name)%`) or be doubled (`%%`)"
        for name in items(node, f"{way}_headers_to_remove"):
            if _protected(text(name) or ""):
                yield name, f"the header `{(text(name) or '')[:80]}` must not be taken away"


def _protected(name: str) -> bool:
    return name.startswith(":") or name.lower() == "host"


def action(node: Node) -> Iterator[Refusal]:
    """A RouteAction."""
    rewrites = [key for key in _REWRITES if get(node, key) is not None]
    if len(rewrites) > 1:
        yield node, f"only one of {', '.join(f'`{key}`' for key in rewrites)} may be set"


def weighted(node: Node) -> Iterator[Refusal]:
    """A WeightedCluster of an HTTP route."""
    weights = []
    for each in items(node, "clusters"):
        weight = number(each, "weight")
        if get(each, "weight") is None:
            yield each, "each of `weighted_clusters` must have a `weight`"
        weights.append(weight or 0)
    if weights and all(get(each, "weight") is not None for each in items(node, "clusters")) and not 0 < sum(weights) <= _MOST_WEIGHT:
        yield node, f"the weights of `weighted_clusters` must add up to 1 or more, and to {_MOST_WEIGHT} at most"


def back_off(node: Node) -> Iterator[Refusal]:
    """A RetryPolicy.RetryBackOff."""
    base, most = duration(node, "base_interval"), duration(node, "max_interval")
    if base is not None and most is not None and most < base:
        yield node, "`max_interval` must be at least `base_interval`"


def regex(node: Node) -> Iterator[Refusal]:
    """A RegexMatcher."""
    pattern = scalar(node, "regex")
    why = None if pattern is None else wrong_regex(pattern.value)
    if pattern is not None and why is not None:
        yield pattern, f"RE2, Envoy's engine for regular expressions, refuses this one: {why}"


def unknown_clusters(route_config: Node, known: frozenset[str]) -> Iterator[Refusal]:
    """Clusters that the static routes of a static listener name and that nobody declares. Source: `validate_clusters`, true there."""
    if text(route_config, "validate_clusters") == "false":
        return
    for host in items(route_config, "virtual_hosts"):
        for route in items(host, "routes"):
            chosen = get(route, "route")
            names = [scalar(chosen, "cluster"), *(scalar(each, "name") for each in items(chosen, "weighted_clusters", "clusters"))]
            names += [scalar(each, "cluster") for each in items(chosen, "request_mirror_policies")]
            for name in names:
                if name is not None and name.value and name.value not in known:
                    yield name, f"no cluster `{name.value[:80]}` is declared among the static ones"
