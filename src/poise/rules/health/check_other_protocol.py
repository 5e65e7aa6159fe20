"""The health check speaks another version of HTTP than the traffic.

## What it finds
In Envoy clusters that speak HTTP/2 and whose `http_health_check` does not (`codec_client_type` is HTTP/1 unless written), and the reverse.
It is information over TLS, where the handshake may settle it, and where nobody wrote the check's version: many servers speak both.

## Why it hurts
A server that speaks only HTTP/2, as gRPC servers do, takes an HTTP/1 request for garbage. Measured on 1.40 with such a server: every
check failed, `membership_healthy` was 0, and Envoy went on in panic mode, which sends to dead and living servers alike.

## Bad
```envoy
static_resources:
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
      http_health_check: {path: /healthz, codec_client_type: HTTP2}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
Medium: some servers speak both on one port.

## See also
[Envoy: codec_client_type](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto)
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, place, spoken
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    traffic = spoken(pool)
    for each in checks(pool):
        own = f"{each}.http_health_check"
        if not has(pool.options, own):
            continue
        codec = pool.options.get(f"{own}.codec_client_type", "HTTP1")
        asked = "HTTP/2" if codec in ("HTTP2", "1") else "HTTP/1" if codec in ("HTTP1", "0") else codec
        if traffic in ("either", asked) or asked not in ("HTTP/1", "HTTP/2"):
            continue
        message = f"{pool.name} speaks {traffic} to its servers, and its health check speaks {asked}"
        why = "a server that knows one of them fails every check: all count as down, and panic mode hides which one is"
        remedy = (
            "Write `codec_client_type: HTTP2`, or `grpc_health_check: {}` for gRPC" if traffic == "HTTP/2" else "Remove `codec_client_type`"
        )
        where = place(pool, f"{own}.codec_client_type", own)
        # Nobody wrote the check's version: servers that speak both on one port are common, and then all is well.
        severity: Severity = "warning" if f"{own}.codec_client_type" in pool.options and not any(s.tls for s in pool.servers) else "info"
        yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)
        return


RULE = Rule("check-other-protocol", "wrong-health-check", "info", "medium", Pool, check, __doc__, products=("envoy",))
