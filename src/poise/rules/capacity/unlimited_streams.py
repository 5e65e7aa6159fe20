"""One client connection may carry two billion requests at once.

## What it finds
An edge (`use_remote_address: true`, reached by other machines) with `max_concurrent_streams` above 10,000, or, before Envoy 1.36,
without it.

## Why it hurts
Up to 1.35 the default is 2,147,483,647 streams for each HTTP/2 connection: one client can take all the memory and all of the circuit
breaker. Envoy's guide for edges says 100; from 1.36 on the default is 1024.

## Bad
```envoy
# for envoy 1.30
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
          use_remote_address: true
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
# for envoy 1.30
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
          use_remote_address: true
          http2_protocol_options: {max_concurrent_streams: 100}
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
High for the default; information, since it takes a client that does it.

## See also
[Envoy: edge best practices](https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.envoy_ways import number
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule
from poise.rules.version import at_least

# What Envoy allows up to 1.35 where nobody says otherwise, and beyond what a number is no limit: ten times the default of later ones.
UNLIMITED, MOST = 2147483647, 10_000


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per connection manager, at the number where one is written."""
    if all(is_local(bind.address) for bind in listener.binds):
        return
    for path, value in listener.options.items():
        head, _, rest = path.partition(".")
        if not head.startswith("hcm") or rest != "use_remote_address" or value != "true":
            continue
        if listener.options.get(f"{head}.codec_type") in ("HTTP1", "1"):
            continue
        size = f"{head}.http2_protocol_options.max_concurrent_streams"
        written = size in listener.options
        if number(listener.options, size, MOST if at_least(topology, "1.36") else UNLIMITED) <= MOST:
            continue
        most = listener.options.get(size, f"{UNLIMITED}")
        message = f"{listener.name} allows a client {most} requests at once on one HTTP/2 connection"
        why = "one client can fill the memory and the circuit breaker for all"
        remedy = "Set `http2_protocol_options: {max_concurrent_streams: 100}` in the connection manager"
        yield RULE.found(topology, listener.places[size if written else path], message, why, remedy)


RULE = Rule(
    "unlimited-streams",
    None,
    "info",
    "medium",
    Listener,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents one client from taking what all share",
)
