"""Requests ask for a subset that no endpoint is in, or that may become empty with nothing behind it.

## What it finds
Clusters with subsets and `fallback_policy` NO_FALLBACK, which is the default, where a route gives no metadata, metadata that no endpoint
has, or keys that no `subset_selectors` entry lists together. A subset of one endpoint beside others is a warning; where all routes find
several it is information. With a fallback the route that finds nothing is a warning: its requests go elsewhere, unless every other one
finds nothing either. A `default_subset` that no endpoint is in is an error.

## Why it hurts
Subsets without a fallback fail every request that finds no endpoint with its metadata, as if the cluster were empty, while all hosts are
healthy. Measured: 300 of 300 requests got 503. With a fallback nobody notices: the canary's clients get the stable version, and the
canary's hosts get nothing.

## Bad
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  metadata_match: {filter_metadata: {envoy.lb: {version: v3}}}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_subset_config:
      subset_selectors:
      - keys: [version]
    common_lb_config:
      healthy_panic_threshold: {value: 40}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v1}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v1}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v2}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v2}}}
```

## Good
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  metadata_match: {filter_metadata: {envoy.lb: {version: v1}}}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_subset_config:
      fallback_policy: ANY_ENDPOINT
      subset_selectors:
      - keys: [version]
    common_lb_config:
      healthy_panic_threshold: {value: 40}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v1}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v1}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v2}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
          metadata: {filter_metadata: {envoy.lb: {version: v2}}}
```

## How sure
High for the file; filters that set `envoy.lb` metadata as requests pass (header to metadata, set metadata, Lua) make it information.

## See also
[Envoy: load balancer subsets](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/subsets)
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from poise.balancers.envoy.priorities import setting
from poise.balancers.envoy.settings import entries, has
from poise.model.finding import Finding, Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.rule import Rule
from poise.rules.words import count

Metadata = frozenset[tuple[str, str]]
ASKED, HAD = "metadata_match.filter_metadata[envoy.lb]", "metadata.filter_metadata[envoy.lb]"
NONE = (None, "NO_FALLBACK", "0")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a route asks for, and how many endpoints it finds. `otherwise`: a filter may ask for something else."""

    route: Route
    path: str | None
    found: int
    otherwise: bool


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool: at the route that finds the fewest endpoints, or at the policy."""
    own = _config(pool)
    if own is None or not pool.servers or pool.discovered or setting(pool, "metadata_fallback_policy") in ("FALLBACK_LIST", "1"):
        return
    routes = list(_asked(pool, own, topology))
    if not routes:
        return
    fewest = min(routes, key=lambda each: each.found)
    policy = pool.options.get(f"{own}.fallback_policy")
    # A selector may have a policy of its own: which one it is depends on the keys.
    behind = policy not in NONE or any(
        f"{path}.fallback_policy" in pool.options for path in entries(pool.options, f"{own}.subset_selectors")
    )
    if not behind:
        if fewest.found > 1:
            yield from _may_be_empty(pool, own, topology)
        elif len(pool.servers) > 1:
            yield from _nothing_behind(pool, fewest, topology)
        return
    default = _metadata(pool.options, f"{own}.default_subset")
    lost = next((each for each in routes if each.path is not None and not each.found), None)
    if policy in ("DEFAULT_SUBSET", "2") and default and not any(default <= _metadata(s.options, HAD) for s in pool.servers):
        message = f"the `default_subset` of {pool.name}, {_words(default)}, is one that no endpoint is in"
        why = "every request that finds no other subset gets 503"
        yield RULE.found(topology, place(pool, f"{own}.default_subset"), message, why, "Correct it", pool=pool.name)
    elif lost is not None:
        # ANY_ENDPOINT was written by somebody who wants an answer from whoever is there, and a default of the same keys by somebody who
        # expects that one of their values has no endpoints for a while: a canary that is switched off.
        keys = {key for key, _ in _metadata(lost.route.options, ASKED)}
        stands_in = policy in ("DEFAULT_SUBSET", "2") and bool(default) and {key for key, _ in default} == keys
        yield from _elsewhere(pool, lost, topology, wanted=stands_in or policy in ("ANY_ENDPOINT", "1"))


def _nothing_behind(pool: Pool, asked: _Asked, topology: Topology) -> Iterator[Finding]:
    severity: Severity = "info" if asked.otherwise else "warning" if asked.found else "error"
    some = f"{count(asked.found, 'endpoint')} of {len(pool.servers)} {'has' if asked.found == 1 else 'have'}"
    message = f"this route asks {pool.name} for {_wish(asked)}, which {some}, and there is no fallback"
    lost = "every request on it gets 503"
    why = f"when that endpoint fails {lost}, whatever the others could do" if asked.found else lost
    remedy = f"Correct the metadata, or set `fallback_policy: ANY_ENDPOINT` (or DEFAULT_SUBSET) in {pool.name}"
    where = _place(asked) if asked.path else place(pool, path_of(pool, "fallback_policy", "subset_selectors.0.keys.0"))
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


def _may_be_empty(pool: Pool, own: str, topology: Topology) -> Iterator[Finding]:
    message = f"nothing is behind the subsets of {pool.name}: `fallback_policy` is NO_FALLBACK"
    why = "once a release leaves no endpoint with what a route asks for, its requests get 503 while the others are healthy"
    remedy = "Set `fallback_policy: ANY_ENDPOINT` or DEFAULT_SUBSET, unless no other endpoint may answer"
    where = pool.places.get(f"{own}.fallback_policy") or place(pool, own)
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity="info")


def _elsewhere(pool: Pool, asked: _Asked, topology: Topology, wanted: bool) -> Iterator[Finding]:
    message = f"this route asks {pool.name} for {_wish(asked)}, which none of its {len(pool.servers)} endpoints has: the fallback answers"
    why = "its requests go to servers that were not meant, those that were get nothing, and every server stays healthy"
    remedy = "Correct the metadata of the route or of the endpoints, or the keys of `subset_selectors`"
    severity: Severity = "info" if asked.otherwise or wanted else "warning"
    yield RULE.found(topology, _place(asked), message, why, remedy, pool=pool.name, severity=severity)


def _config(pool: Pool) -> str | None:
    """The path of the subset settings, also in the extension that has them."""
    if has(pool.options, "lb_subset_config"):
        return "lb_subset_config"
    keys = path_of(pool, "subset_selectors.0.keys.0") if has(pool.options, "load_balancing_policy") else None
    return keys.removesuffix(".subset_selectors.0.keys.0") if keys else None


def _asked(pool: Pool, own: str, topology: Topology) -> Iterator[_Asked]:
    selectors = [entries(pool.options, f"{path}.keys") for path in entries(pool.options, f"{own}.subset_selectors")]
    together = {frozenset(pool.options.get(key, "") for key in keys) for keys in selectors}
    all_of = [dict(_metadata(server.options, HAD)) for server in pool.servers]
    counts: dict[frozenset[str], Counter[Metadata]] = {}
    having: dict[Metadata, int] = {}
    setters: dict[str, bool] = {}
    for listener, route in topology.routes_to(pool.name):
        wish = _metadata(route.options, ASKED)
        if wish not in having:
            keys = frozenset(key for key, _ in wish)
            if keys in together and keys not in counts:
                counts[keys] = Counter(frozenset((key, each[key]) for key in keys) for each in all_of if each.keys() >= keys)
            having[wish] = counts[keys][wish] if wish and keys in together else 0
        if listener.name not in setters:
            setters[listener.name] = _otherwise(listener)
        path = next((path for path in route.options if path.startswith(ASKED)), None) if wish else None
        yield _Asked(route, path, having[wish], setters[listener.name])


def _metadata(options: Mapping[str, str], start: str) -> Metadata:
    """Keys and values below that path; a key with a dash or a dot stands in brackets."""
    below = ((path.removeprefix(start), value) for path, value in options.items() if path.startswith((f"{start}.", f"{start}[")))
    return frozenset((rest[1:-1] if rest.startswith("[") else rest[1:], value) for rest, value in below)


def _otherwise(listener: Listener) -> bool:
    """Whether a filter may give requests metadata on the way."""
    return any(word in value.lower() for value in listener.options.values() for word in ("metadata", "lua", "ext_proc", "wasm", "envoy.lb"))


def _words(asked: Metadata) -> str:
    return ", ".join(f"{key}: {value}" for key, value in sorted(asked))


def _wish(asked: _Asked) -> str:
    return _words(_metadata(asked.route.options, ASKED)) if asked.path else "no metadata"


def _place(asked: _Asked) -> Location:
    return asked.route.places.get(asked.path or "", asked.route.location)


BECAUSE = "it keeps requests from failing while hosts are healthy; nothing in the measurements tells it from an empty pool"
RULE = Rule("subset-without-fallback", None, "error", "high", Pool, check, __doc__, products=("envoy",), because=BECAUSE)
