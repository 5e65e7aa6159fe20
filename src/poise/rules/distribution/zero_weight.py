"""A server has weight 0 and so gets no requests.

## What it finds
Active servers with weight 0 in a pool without persistence. With a cookie or stick table weight 0 is the way to drain a server, and is
silent; so is a server that `use-server` names, which gets its requests by that rule alone.

## Why it hurts
A server with weight 0 is never chosen: its capacity is lost although it is UP. When every server has weight 0, all requests get 503.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check weight 0
```
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
                  weighted_clusters:
                    clusters:
                    - {name: web, weight: 100}
                    - {name: canary, weight: 0}
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
  - name: canary
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
    server app3 10.0.0.3:8080 check cookie c weight 0
```
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
                  weighted_clusters:
                    clusters:
                    - {name: web, weight: 90}
                    - {name: canary, weight: 10}
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
  - name: canary
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
High: HAProxy's manual says that a server with weight 0 takes part in no load balancing.

## See also
[HAProxy: weight](https://docs.haproxy.org/2.8/configuration.html#5.2-weight) · `uneven-weights`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import ruled
from poise.rules.rule import Rule
from poise.rules.words import listing, others


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first zero; an error when no active server has a weight."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    active = [s for s in pool.servers if s.role == "active"]
    zeros = [s for s in active if s.weight == 0]
    everyone = len(zeros) == len(active)
    by_rule = ruled(pool)
    if not everyone:
        zeros = [s for s in zeros if s.name not in by_rule]
    if not zeros or (pool.persistence and not everyone):
        return
    first = zeros[0]
    spare = any(s.role == "backup" and s.weight > 0 for s in pool.servers)
    then = "all requests go to the backups" if spare else "requests get 503"
    names = listing(s.name for s in zeros)
    message = (
        f"every active server of {pool.name} has weight 0"
        if everyone
        else f"{names} of {pool.name} {'has' if len(zeros) == 1 else 'have'} weight 0 and get{'s' if len(zeros) == 1 else ''} no requests"
    )
    why = (
        f"no active server can be chosen{' but by `use-server`' if by_rule else ''}: {then}"
        if everyone
        else f"{others(len(active) - len(zeros), 'carry')} the traffic of {len(active)}, and one loss hurts more"
    )
    remedy = f"Remove `weight 0` from {names}, or write `disabled` if the server is meant to be out of use"
    place = first.spots.weight or first.location
    severity: Severity = "error" if everyone else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """Envoy refuses a host's weight of 0; a cluster's in a weighted split it takes."""
    routes = [route for _, route in topology.routes_to(pool.name)]
    if not routes or any(route.weight != 0 or "weighted_clusters.runtime_key_prefix" in route.options for route in routes):
        return
    place = routes[0].places.get("weight", routes[0].location)
    message = f"{pool.name} has weight 0 on every route that names it and gets no requests"
    why = "a cluster that waits for its turn looks the same as one that was forgotten after the last roll-out"
    remedy = f"Give {pool.name} its part of the requests, or take it out of the weighted clusters"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="info")


RULE = Rule("zero-weight", "uneven-weights", "warning", "high", Pool, check, __doc__, products=("haproxy", "envoy"))
