"""A few long-lived HTTP/2 connections may all be on one of Envoy's workers.

## What it finds
Envoy listeners that take HTTP/2 alone (`codec_type: HTTP2`) or gRPC alone, from other machines, without `connection_balance_config`.

## Why it hurts
A connection stays with the worker thread that accepted it, and which one that is the kernel decides by chance. Of six connections on 16
workers two or more share one in two of three cases. Such a worker's requests wait for its one core while others idle, and each worker turns
its own round robin: the servers' shares are even for each worker and uneven in all where connections differ.

## Bad
```envoy
static_resources:
  listeners:
  - name: calls
    address: {socket_address: {address: 0.0.0.0, port_value: 4317}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          codec_type: HTTP2
          stat_prefix: calls
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: calls
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 4317}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 4317}}}
```

## Good
```envoy
static_resources:
  listeners:
  - name: calls
    address: {socket_address: {address: 0.0.0.0, port_value: 4317}}
    connection_balance_config: {exact_balance: {}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          codec_type: HTTP2
          stat_prefix: calls
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: calls
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 4317}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 4317}}}
```

## How sure
Low, and information only: with hundreds of clients, or with one worker, the kernel spreads well enough, and `exact_balance` costs a lock
for each new connection.

## See also
[Envoy: threading model](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/intro/threading_model) ·
`streams-per-connection`
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.envoy_ways import only_grpc
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener."""
    if not listener.binds or all(is_local(bind.address) for bind in listener.binds) or has(listener.options, "connection_balance_config"):
        return
    codecs = [value for path, value in listener.options.items() if path.startswith("hcm") and path.endswith(".codec_type")]
    only_http2 = bool(codecs) and all(value in ("HTTP2", "2") for value in codecs)
    if not listener.routes or not (only_http2 or all(only_grpc(route) for route in listener.routes)):
        return
    message = f"{listener.name} takes HTTP/2 alone, and nothing spreads its connections over the workers"
    why = "with few clients one worker may hold most connections: its requests wait while the other workers idle"
    remedy = f"Set `connection_balance_config: {{exact_balance: {{}}}}` in {listener.name} if its clients are few and stay connected"
    yield RULE.found(topology, listener.location, message, why, remedy)


RULE = Rule("connections-on-few-workers", "load-balancer-busy", "info", "low", Listener, check, __doc__, products=("envoy",))
