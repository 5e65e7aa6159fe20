"""Requests are mirrored to the servers that serve them already.

## What it finds
Routes with `request_mirror_policies` that name the route's own cluster, or one with some of the same addresses. A warning where
`runtime_fraction` limits the part.

## Why it hurts
The servers get every request twice (measured: 200 %): twice the load, and writes are done twice. Envoy throws the second answer away, so no
client and no error rate shows it.

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
                  request_mirror_policies:
                  - cluster: web
  clusters:
  - name: web
    connect_timeout: 1s
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
                  request_mirror_policies:
                  - cluster: shadow
  clusters:
  - name: web
    connect_timeout: 1s
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
  - name: shadow
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: shadow
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.8, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.9, port_value: 8080}}}
```

## How sure
High: measured on Envoy 1.40.

## See also
[Envoy: request_mirror_policies](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routeaction-requestmirrorpolicy)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such mirror."""
    own = {server.address for server in pool.servers}
    for _, route in topology.routes_to(pool.name):
        for path, name in route.options.items():
            if not path.startswith("request_mirror_policies.") or not path.endswith(".cluster"):
                continue
            mirror = topology.pool(name)
            same = name == pool.name or (mirror is not None and any(s.address in own for s in mirror.servers))
            if not same:
                continue
            partly = any(p.startswith(f"{path.removesuffix('cluster')}runtime_fraction") for p in route.options)
            severity: Severity = "warning" if partly else "error"
            message = f"requests to {pool.name} are mirrored to {name}, which is the same servers"
            why = "they get requests twice: double load, and writes are done twice"
            remedy = "Mirror to servers of their own, or remove the mirror"
            yield RULE.found(topology, route.places.get(path, route.location), message, why, remedy, pool=pool.name, severity=severity)
            return


RULE = Rule(
    "mirror-doubles-load",
    "surge",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
)
