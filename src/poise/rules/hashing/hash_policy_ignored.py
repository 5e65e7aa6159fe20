"""A route says what to hash, and the cluster's algorithm does not hash.

## What it finds
Routes with a `hash_policy` to a cluster with ROUND_ROBIN, LEAST_REQUEST or RANDOM. Routes that split over several clusters of which one
hashes are silent, and so are those with `use_hash_policy`.

## Why it hurts
The affinity that was meant does not exist: every request goes to the next host, sessions in memory are lost.

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
                  hash_policy:
                  - cookie: {name: session, ttl: 3600s}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: LEAST_REQUEST
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
    lb_policy: MAGLEV
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
High: only RING_HASH, MAGLEV and policies built on them read the hash.

## See also
[Envoy: hash_policy](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routeaction-hashpolicy)
· `hash-without-policy`
"""

from collections.abc import Iterable
from itertools import groupby

from poise.model.finding import Finding
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Listener, Route, Topology
from poise.rules.envoy_pools import IN_TURN, hash_path
from poise.rules.rule import Rule


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first route's hash policy."""
    said: set[str] = set()
    for _, group in groupby(listener.routes, key=lambda route: (route.condition, None if route.weight is None else "split")):
        routes = list(group)
        pools = [topology.pool(route.pool) for route in routes]
        if routes[0].weight is not None and (_chooses_cluster(routes[0]) or any(p and p.algorithm.name in ENVOY_HASHES for p in pools)):
            continue
        for route, pool in zip(routes, pools, strict=True):
            path = hash_path(route)
            if path is None or pool is None or pool.name in said or pool.algorithm.name not in IN_TURN:
                continue
            if len(pool.servers) < 2 and not pool.discovered:
                continue
            said.add(pool.name)
            message = f"the `hash_policy` of this route has no effect: {pool.name} uses {pool.algorithm.name}, which does not hash"
            why = "clients do not stay on their server: each request goes to another one"
            remedy = f"Set `lb_policy: MAGLEV` (or RING_HASH) in {pool.name}, or remove the `hash_policy`"
            yield RULE.found(topology, route.places.get("hash_policy", route.location), message, why, remedy, pool=pool.name)


def _chooses_cluster(route: Route) -> bool:
    return route.options.get("weighted_clusters.use_hash_policy") == "true"


RULE = Rule(
    "hash-policy-ignored",
    None,
    "warning",
    "high",
    Listener,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps clients on their server; the split stays even",
)
