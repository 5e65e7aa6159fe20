"""A hash ring that is laid out anew whenever a host comes or goes.

## What it finds
RING_HASH in clusters of three or more hosts, where `poise.toml` says `sticky = true`.

## Why it hurts
Envoy gives each host its part of a ring of fixed size: when one of four hosts is lost, the others get a third more places, and these cut
into their neighbours' keys. Measured: 15 % of the keys whose host was still there moved, with MAGLEV none of 400.

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
    lb_policy: RING_HASH
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
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
                  - cookie: {name: session, ttl: 3600s}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: MAGLEV
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```
```toml
[pool.web]
sticky = true
```

## How sure
Medium: measured on Envoy 1.40; only the application knows what a moved client loses. Information: many run well with a ring.

## See also
[Envoy: maglev](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#maglev) ·
`hash-without-policy`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm."""
    hosts = len(pool.servers)
    if pool.algorithm.name != "RING_HASH" or hosts < 3 or not needs.of(pool.name).sticky:
        return
    # With p places each before and p' = p n / (n - 1) after, 1/n of the places are new, and all but 1 in n - 1 of them cut another's keys.
    moved = (hosts - 2) / hosts / (hosts - 1)
    message = f"RING_HASH of {pool.name} moves clients of hosts that are still there when another one is lost"
    why = f"losing one of {hosts} hosts moves about {percent(moved)} of the others' clients, and again when it is back"
    remedy = f"Use `lb_policy: MAGLEV` in {pool.name}"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "ring-rescaled",
    None,
    "info",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps clients on their server when the pool changes",
)
