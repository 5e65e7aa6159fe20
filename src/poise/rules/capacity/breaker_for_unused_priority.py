"""A circuit breaker that no request ever meets.

## What it finds
In Envoy thresholds for `priority: HIGH` only, in a cluster to which no route sends with that priority.

## Why it hurts
Routes have priority DEFAULT unless they say HIGH, and each priority has its own limits. The limits that were written are never used; those
in force are the defaults, 1024 and three retries.

## Bad
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{priority: HIGH, max_connections: 4000, max_requests: 4000}]}
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
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{priority: DEFAULT, max_connections: 4000, max_requests: 4000}]}
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
High. Routes that come from a management server are not visible: without a route to the cluster in the file the rule is silent.

## See also
[Envoy: circuit breaking](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/circuit_breaking) · `breaker-below-peak`
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import entries
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import place
from poise.rules.rule import Rule

HIGH = ("HIGH", "1")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    own = entries(pool.options, "circuit_breakers.thresholds")
    routes = topology.routes_to(pool.name)
    if not own or not routes or any(route.options.get("priority") in HIGH for _, route in routes):
        return
    if any(pool.options.get(f"{path}.priority") not in HIGH for path in own):
        return
    message = f"the circuit breaker of {pool.name} is for priority HIGH, and no route sends with that priority"
    why = "the limits that were written are never met; Envoy's defaults are in force"
    remedy = "Write the same limits for `priority: DEFAULT`"
    yield RULE.found(topology, place(pool, f"{own[0]}.priority"), message, why, remedy, pool=pool.name)


RULE = Rule(
    "breaker-for-unused-priority",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents limits that are not those in force",
)
