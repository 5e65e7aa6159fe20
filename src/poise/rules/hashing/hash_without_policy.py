"""A hash decides, and no route says what to hash.

## What it finds
Clusters with RING_HASH or MAGLEV where no route that leads there has a `hash_policy`, nor the cluster itself. Where only some routes have
one it is information.

## Why it hurts
Without something to hash Envoy picks a host at random for every request: clients do not stay, caches are as cold as with RANDOM, and
nothing in the statistics says so.

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
                route: {cluster: web}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: RING_HASH
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
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
                  hash_policy:
                  - cookie: {name: session, ttl: 3600s}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: RING_HASH
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High: measured on Envoy 1.40. A file without any route to the cluster is silent: its routes stand elsewhere.

## See also
[Envoy: ring hash](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#ring-hash) ·
[hash_policy](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routeaction-hashpolicy)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import hash_path
from poise.rules.envoy_ways import at
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm; where only some routes have none, at the first of these."""
    routes = [route for _, route in topology.routes_to(pool.name)]
    bare = [route for route in routes if hash_path(route) is None]
    if pool.algorithm.name not in ENVOY_HASHES or not bare or any(".hash_policy." in path for path in pool.options):
        return
    if len(pool.servers) < 2 and not pool.discovered:
        return
    severity: Severity = "error" if len(bare) == len(routes) else "info"
    which = "no route" if severity == "error" else f"not every route ({len(routes) - len(bare)} of {len(routes)})"
    message = f"{which} to {pool.name} has a `hash_policy`: {pool.algorithm.name} has nothing to hash"
    why = "every request gets a host at random: clients and cached keys move with each request"
    remedy = f"Add a `hash_policy` (a cookie with a ttl, a header, the source address) to the route to {pool.name}, or use LEAST_REQUEST"
    place = (pool.algorithm.location or pool.location) if severity == "error" else at(bare[0], "cluster", "name")
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "hash-without-policy",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps clients and keys on their server; the split stays even",
)
