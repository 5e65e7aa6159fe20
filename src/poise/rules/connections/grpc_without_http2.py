"""gRPC is passed on in HTTP/1, which gRPC servers do not speak.

## What it finds
In Envoy a listener with the gRPC-Web filter or the JSON transcoder none of whose clusters speaks HTTP/2, and a route for gRPC alone
(`match: {grpc: {}}`) to such a cluster. The bridge that turns gRPC into HTTP/1 (`grpc_http1_reverse_bridge`) is silent.

## Why it hurts
The filters turn browsers' requests into gRPC, and gRPC needs HTTP/2. Without `http2_protocol_options` Envoy speaks HTTP/1 to the servers:
they refuse, and every call ends in 503 or an odd protocol error.

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
                route:
                  cluster: web
          http_filters:
          - name: grpc_web
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb}
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
          - name: grpc_web
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb}
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
High: gRPC over HTTP/1 exists only behind filters of its own.

## See also
[Envoy: gRPC](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/other_protocols/grpc)
"""

from collections.abc import Iterable, Mapping

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.envoy_ways import only_grpc, spoken
from poise.rules.rule import Rule
from poise.rules.words import listing

FILTERS = (".GrpcWeb", ".GrpcJsonTranscoder")
# Turns gRPC into HTTP/1 for servers that do not speak it.
BRIDGE = ".grpc_http1_reverse_bridge.v3.FilterConfig"
WHY = "gRPC servers speak HTTP/2 only: every call fails"


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at the filter, and one for each pool that only a route sends gRPC to."""
    known = {pool.name: pool for pool in topology.pools}
    told: set[str] = set()
    for listener in topology.listeners:
        types = {path: value for path, value in listener.options.items() if path.endswith("@type")}
        if any(value.endswith(BRIDGE) for value in types.values()):
            continue
        path = next((path for path, value in types.items() if value.endswith(FILTERS)), None)
        names = dict.fromkeys(route.pool for route in listener.routes) if path else {}
        pools = [known[name] for name in names if name in known]
        if path and pools and len(pools) == len(names) and all(spoken(pool) == "HTTP/1" for pool in pools):
            told.update(names)
            message = f"{listener.name} turns requests into gRPC, and {listing(names)} is spoken to in HTTP/1"
            remedy = "Give the cluster `explicit_http_config: {http2_protocol_options: {}}`"
            yield RULE.found(topology, listener.places[path], message, WHY, remedy, pool=pools[0].name)
        yield from _routed(listener, known, topology, told)


def _routed(listener: Listener, known: Mapping[str, Pool], topology: Topology, told: set[str]) -> Iterable[Finding]:
    """One finding for each pool that a route for gRPC alone leads to, at the first such route."""
    for route in listener.routes:
        pool = known.get(route.pool) if only_grpc(route) else None
        if pool is None or pool.name in told or spoken(pool) != "HTTP/1":
            continue
        told.add(pool.name)
        message = f"a route for gRPC alone (`grpc: {{}}`) leads to {pool.name}, which is spoken to in HTTP/1"
        remedy = f"Give {pool.name} `explicit_http_config: {{http2_protocol_options: {{}}}}`"
        yield RULE.found(topology, route.location, message, WHY, remedy, pool=pool.name)


RULE = Rule(
    "grpc-without-http2",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents calls that no server understands",
)
