"""Requests that match no subset get 503.

## What it finds
Clusters with subsets and `fallback_policy` NO_FALLBACK, which is the default, where a route gives no metadata or metadata that no endpoint
has. A subset of one endpoint beside others is a warning.

## Why it hurts
Subsets without a fallback fail every request that finds no endpoint with its metadata, as if the cluster were empty, while all hosts are
healthy. Measured: 300 of 300 requests got 503.

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

from collections.abc import Collection, Iterable

from poise.balancers.envoy.priorities import setting
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.envoy_pools import first_below, path_of, place
from poise.rules.rule import Rule
from poise.rules.words import count


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the route that finds the fewest endpoints."""
    if first_below(tuple(pool.options), "lb_subset_config") is None and path_of(pool, "subset_selectors.0.keys.0") is None:
        return
    if setting(pool, "fallback_policy") not in (None, "NO_FALLBACK", "0") or not pool.servers or pool.discovered:
        return
    if setting(pool, "metadata_fallback_policy") in ("FALLBACK_LIST", "1"):
        return
    having: dict[frozenset[tuple[str, str]], int] = {}
    setters: dict[str, bool] = {}
    found: list[tuple[int, bool, Route | None]] = []
    for listener, way in topology.routes_to(pool.name):
        asked_for = frozenset((path.removeprefix(KEY), value) for path, value in way.options.items() if path.startswith(KEY))
        if asked_for not in having:
            having[asked_for] = _endpoints(pool, asked_for)
        if listener.name not in setters:
            setters[listener.name] = _otherwise(listener)
        found.append((having[asked_for], setters[listener.name], way))
    fewest, otherwise, route = min(found, key=lambda each: each[0], default=(len(pool.servers), False, None))
    if route is None or fewest > 1 or (fewest == 1 and len(pool.servers) == 1):
        return
    path = next((path for path in route.options if path.startswith(KEY)), None)
    asked = f"{path.removeprefix(KEY)}: {route.options[path]}" if path else "no metadata"
    severity: Severity = "info" if otherwise else "warning" if fewest else "error"
    some = f"{count(fewest, 'endpoint')} of {len(pool.servers)} {'has' if fewest == 1 else 'have'}"
    message = f"this route asks {pool.name} for {asked}, which {some}, and there is no fallback"
    why = "every request on it gets 503"
    if fewest:
        why = "when that endpoint fails every request on it gets 503, whatever the others could do"
    remedy = f"Correct the metadata, or set `fallback_policy: ANY_ENDPOINT` (or DEFAULT_SUBSET) in {pool.name}"
    where = route.places.get(path, route.location) if path else place(pool, path_of(pool, "fallback_policy", "subset_selectors.0.keys.0"))
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


KEY = "metadata_match.filter_metadata[envoy.lb]."


def _endpoints(pool: Pool, asked: Collection[tuple[str, str]]) -> int:
    """How many endpoints have all of this metadata; none where nothing is asked for."""
    if not asked:
        return 0
    return sum(
        all(server.options.get(f"metadata.filter_metadata[envoy.lb].{key}") == value for key, value in asked) for server in pool.servers
    )


def _otherwise(listener: Listener) -> bool:
    """Whether a filter may give requests metadata on the way."""
    return any(word in value.lower() for value in listener.options.values() for word in ("metadata", "lua", "ext_proc", "wasm", "envoy.lb"))


RULE = Rule(
    "subset-without-fallback",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps requests from failing while hosts are healthy; nothing in the measurements tells it from an empty pool",
)
