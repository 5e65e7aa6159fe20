"""A hash ring or table is too small to be even.

## What it finds
RING_HASH with fewer than 50 places per host, or MAGLEV with fewer than 20. Below 10 and 5, where sizes were written, it is an error; a
ring of the default size that is small for many hosts is information.

## Why it hurts
A host's share is its part of the ring, and few places scatter: four hosts on a ring of 8 got 12/15/36/38 % (measured); with a ring of 3, or
a table of 3, one of four got nothing. Memory for 1,000 places costs nothing worth saving.

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
    ring_hash_lb_config:
      minimum_ring_size: 16
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
    ring_hash_lb_config:
      minimum_ring_size: 1024
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

## How sure
High for the scatter: 1/√places for a ring, half a place for Maglev's table; which host gets more is chance.

## See also
[Envoy: ring hash](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#ring-hash) ·
[maglev](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#maglev)
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority, number
from poise.balancers.envoy.split import LARGEST_RING, points_per_host
from poise.model.finding import Finding, Severity
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the size that keeps the table small."""
    if pool.algorithm.name not in ENVOY_HASHES:
        return
    ring = pool.algorithm.name == "RING_HASH"
    levels = [level for level in by_priority(pool) if len(level) > 1]
    fewest = min((_average(pool, level) for level in levels), default=None)
    if fewest is None:
        return
    enough, bad = (50, 10) if ring else (20, 5)
    size = "minimum_ring_size" if ring else "table_size"
    path = path_of(pool, size)
    most = path_of(pool, "maximum_ring_size") if ring else None
    # A low maximum stands in the way of any minimum: Envoy refuses a minimum above it.
    if most and number(pool.options[most], LARGEST_RING) < enough * max(len(level) for level in levels):
        size, path = "maximum_ring_size", most
    severity: Severity = "info" if path is None else "error" if fewest < bad else "warning"
    if fewest >= (enough if path else 32):
        return
    places = max(fewest, 0.1)
    scatter = min(1.0, places**-0.5 if ring else 0.5 / places)
    what = "ring" if ring else "table"
    message = f"the hash {what} of {pool.name} has about {fewest:.3g} places for each host, too few to be even"
    why = f"shares scatter by {percent(scatter)} of their size" + (": some hosts get nothing" if fewest < 1 else "")
    remedy = f"Raise `{size}` of {pool.name}: 100 places for each host are even to a tenth" if ring else _TABLE
    yield RULE.found(topology, place(pool, path), message, why, remedy, pool=pool.name, severity=severity)


def _average(pool: Pool, level: tuple[Server, ...]) -> float:
    places = points_per_host(pool, level)
    return sum(places.values()) / len(places) if places else float("inf")


_TABLE = "Remove `table_size` (65537 by default), or use a prime number a hundred times the number of hosts"


RULE = Rule(
    "small-hash-table",
    "uneven-weights",
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
)
