"""The TLS handshake does not say which server is meant.

## What it finds
In Envoy a TLS transport socket without `sni`, `auto_host_sni` or `auto_sni`, to servers that are named and not numbered. Names of internal
zones (`.local`, `.internal`, `.svc` …) are information.

## Why it hurts
Envoy sends no server name of its own accord. A server, CDN or load balancer with several certificates then presents its default one, or
ends the handshake: every request gets 503, or verification fails against the wrong name.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    type: STRICT_DNS
    transport_socket:
      name: tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context:
          validation_context:
            trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}
            match_typed_subject_alt_names:
            - {san_type: DNS, matcher: {exact: app.example.org}}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: app.example.org, port_value: 443}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    type: STRICT_DNS
    transport_socket:
      name: tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: app.example.org
        common_tls_context:
          validation_context:
            trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}
            match_typed_subject_alt_names:
            - {san_type: DNS, matcher: {exact: app.example.org}}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: app.example.org, port_value: 443}}}
```

## How sure
Medium: a server with one certificate does not care.

## See also
[Envoy: UpstreamTlsContext](https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/tls.proto) ·
`unverified-server-tls`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import HTTP_OPTIONS, place, tls_contexts
from poise.rules.exposure.reach import is_name
from poise.rules.rule import Rule

INTERNAL = (".local", ".internal", ".svc", ".lan", ".consul", ".test", ".localhost", ".home.arpa", ".intern", ".corp")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    contexts = tls_contexts(pool)
    named = [s for s in pool.servers if is_name(s.address)] if contexts else []
    automatic = f"{HTTP_OPTIONS}.upstream_http_protocol_options.auto_sni"
    if not named or pool.options.get(automatic) == "true":
        return
    for context in contexts:
        if pool.options.get(f"{context}.sni") or pool.options.get(f"{context}.auto_host_sni") == "true":
            continue
        host = named[0].address.rpartition(":")[0].rstrip(".").lower()
        severity: Severity = "info" if "." not in host or host.endswith(INTERNAL) else "warning"
        message = f"{pool.name} does not send the server name {host} in the TLS handshake: no `sni`"
        why = "a server with several certificates presents the wrong one or refuses: every request gets 503"
        remedy = f"Write `sni: {host}` in the transport socket, or `auto_host_sni: true`"
        yield RULE.found(topology, place(pool, f"{context}.@type"), message, why, remedy, pool=pool.name, severity=severity)
        return


RULE = Rule(
    "server-name-not-sent",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents handshakes that fail, which look like a dead server",
)
