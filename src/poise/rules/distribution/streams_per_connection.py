"""Many requests share one connection, and connections are what is balanced.

## What it finds
A pool in tcp mode behind a listener that offers HTTP/2 (`alpn h2`), with servers that are spoken to in HTTP/2 (`alpn h2`), or on gRPC's
port 50051, or where a name says grpc or h2: the pool's, a server's, that of a condition that leads there (`req.ssl_alpn h2`,
`req.ssl_sni grpc.example.net`). Where `poise.toml` declares `split` or `max_share`, TLS that is passed through to port 443 is found as
information: browsers speak HTTP/2 there. For nginx such a pool of `stream`.
In Envoy a TcpProxy in front of a cluster that is said to speak HTTP/2 (its protocol options, a gRPC check, the port, the name).

## Why it hurts
In tcp mode a server is chosen once for a connection. HTTP/2 and gRPC clients keep one connection for all their requests: measured, three
clients of different size put 900, 90 and 10 requests on three servers that balanced evenly.

## Bad
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen grpc
    bind :50051
    server app1 10.0.0.1:50051 check
    server app2 10.0.0.2:50051 check
    server app3 10.0.0.3:50051 check
```
```nginx
events {}
stream {
    upstream grpc_api {
        server 10.0.0.1:50051;
        server 10.0.0.2:50051;
    }
    server {
        listen 50051;
        proxy_pass grpc_api;
    }
}
```
```envoy
static_resources:
  listeners:
  - name: grpc
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: grpc
          cluster: web
  clusters:
  - name: web
    connect_timeout: 1s
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      grpc_health_check: {}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen grpc
    bind :50051 proto h2
    option httpchk GET /healthz
    default-server check proto h2 check-proto h1
    server app1 10.0.0.1:50051
    server app2 10.0.0.2:50051
    server app3 10.0.0.3:50051
```
```nginx
events {}
http {
    upstream api {
        server 10.0.0.1:50051;
        server 10.0.0.2:50051;
    }
    server {
        listen 50051 http2;
        location / {
            grpc_pass grpc://api;
        }
    }
}
```
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
                route:
                  cluster: web
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
      grpc_health_check: {}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
Medium: many small clients even out. A name or a port is only a hint.

## See also
[HAProxy: alpn](https://docs.haproxy.org/2.8/configuration.html#5.1-alpn) ·
[mode](https://docs.haproxy.org/2.8/configuration.html#4.2-mode) · [Envoy: why load is
uneven](https://www.envoyproxy.io/docs/envoy/latest/faq/load_balancing/concurrency_lb)
"""

import re
from collections.abc import Iterable
from itertools import islice

from poise.balancers.envoy.settings import has
from poise.balancers.haproxy.criteria import condition, criteria
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, several, ways
from poise.rules.envoy_ways import spoken as speaks
from poise.rules.pools import own, serving
from poise.rules.rule import Rule

# Criteria of one condition, and patterns of one criterion, that are looked at.
MOST = 50
HINT = r"(?i)(?:^|[^a-z0-9])(?:grpc|h2c?|http2)(?:[^a-z0-9]|$)"


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `mode` line or header."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    if pool.mode != "tcp" or len(serving(pool)) < 2:
        return
    offered = [b for listener, _ in topology.routes_to(pool.name) for b in listener.binds if "h2" in _offers(b.options.get("alpn", ""))]
    spoken = [s for s in serving(pool) if "h2" in _offers(s.options.get("alpn", "")) or s.address.endswith(":50051")]
    hinted = re.search(HINT, pool.name) or any(re.search(HINT, s.name) for s in serving(pool)) or _asked(pool, topology)
    declared = topology.product == "haproxy" and _passed_through(pool, topology) and _wants_even(needs.of(pool.name))
    if not offered and not spoken and not hinted and not declared:
        return
    message = f"{pool.name} carries HTTP/2 in tcp mode: one connection with all its requests goes to one server"
    why = "a few busy clients decide the shares, and new servers get nothing until clients connect anew"
    remedy = f"Put {pool.name} and its listener in `mode http` with `proto h2` or `alpn h2`, so that every request is balanced"
    if topology.product == "nginx":
        message = f"{pool.name} carries HTTP/2 in `stream`: one connection with all its requests goes to one server"
        remedy = f"Move {pool.name} to `http` with `grpc_pass`, so that every request is balanced"
        passing = next((route for _, route in topology.routes_to(pool.name)), None)
        yield RULE.found(topology, passing.location if passing else pool.location, message, why, remedy, pool=pool.name)
        return
    place = pool.places.get("mode")
    where = place if place and own(pool, place) else pool.location
    severity: Severity = "warning" if offered or spoken or hinted else "info"
    if severity == "info":
        message = (
            f"{pool.name} gets TLS connections as they are, and browsers speak HTTP/2 in them: connections are balanced, requests are not"
        )
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


def _asked(pool: Pool, topology: Topology) -> bool:
    """Whether a condition on the way there looks for HTTP/2 or gRPC."""
    for listener, route in topology.routes_to(pool.name):
        asked = condition(route.condition, listener.options)
        for term, each in islice(criteria(asked), MOST) if asked and not asked.negated else ():
            if not term.negated and any(re.search(HINT, pattern) for pattern in each.patterns[:MOST]):
                return True
    return False


def _passed_through(pool: Pool, topology: Topology) -> bool:
    binds = [bind for listener, _ in topology.routes_to(pool.name) for bind in listener.binds]
    return bool(binds) and all(bind.address.endswith(":443") and not bind.tls for bind in binds)


def _wants_even(wants: PoolNeeds) -> bool:
    return wants.split is not None or wants.max_share is not None


def _offers(alpn: str) -> list[str]:
    return alpn.split(",")


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    way = next(iter(ways(pool, topology, http=False)), None)
    if way is None or not several(pool) or way[0].options.get("address.socket_address.protocol") == "UDP":
        return
    said = speaks(pool) == "HTTP/2" or any(has(pool.options, f"{each}.grpc_health_check") for each in checks(pool))
    if not said and not any(s.address.endswith(":50051") for s in pool.servers) and not re.search(HINT, pool.name):
        return
    message = f"{way[0].name} passes connections of HTTP/2 on to {pool.name}: one connection with all its requests goes to one server"
    why = "a few busy clients decide the shares, and new servers get nothing until clients connect anew"
    remedy = "Use an HttpConnectionManager and a route instead of the TcpProxy, so that every request is balanced"
    yield RULE.found(topology, way[1].location, message, why, remedy, pool=pool.name)


RULE = Rule("streams-per-connection", "traffic-pinned", "warning", "medium", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
