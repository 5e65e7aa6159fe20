"""What is hashed may be missing in a request, and nothing stands in for it.

## What it finds
Routes to RING_HASH and MAGLEV clusters whose `hash_policy` holds only headers, query parameters or cookies without a ttl. Needs
`sticky = true` in `poise.toml`.

## Why it hurts
A request without that header has no hash, and Envoy picks a host at random: the first visit of every client, or all visits of a client
that does not send it.

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
                  - header: {header_name: x-user}
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
```toml
[pool.web]
sticky = true
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
                  - header: {header_name: x-user}
                    terminal: true
                  - connection_properties: {source_ip: true}
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
```toml
[pool.web]
sticky = true
```

## How sure
Medium: whether clients always send it only they know. A cookie with a ttl is made by Envoy itself, the source address is always there.

## See also
[Envoy: hash_policy](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routeaction-hashpolicy)
· `hash-without-policy`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import hash_path
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the hash policy of the first route that has no fallback."""
    if pool.algorithm.name not in ENVOY_HASHES or not needs.of(pool.name).sticky or (len(pool.servers) < 2 and not pool.discovered):
        return
    for _, route in topology.routes_to(pool.name):
        path = hash_path(route)
        always = any(p.startswith("hash_policy.") and p.endswith((".ttl", ".source_ip")) for p in route.options)
        if path is None or always:
            continue
        message = f"a request to {pool.name} without `{route.options[path]}` has nothing to hash, and poise.toml wants clients to stay"
        why = "such a request gets a host at random: that client's session is on another server"
        remedy = "Add a second `hash_policy` behind it: a `cookie` with a `ttl`, or `connection_properties: {source_ip: true}`"
        yield RULE.found(topology, route.places.get(path, route.location), message, why, remedy, pool=pool.name)
        return


RULE = Rule(
    "hash-without-fallback",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps clients on their server; the split stays even",
)
