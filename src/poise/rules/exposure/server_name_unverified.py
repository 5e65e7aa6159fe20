"""Any certificate of a trusted authority is taken for the server's.

## What it finds
In Envoy a validation context with `trusted_ca` and nothing that holds the certificate's name against the server's
(`match_typed_subject_alt_names`, `auto_sni_san_validation`, `auto_san_validation`, a pinned hash, a validator of its own).

## Why it hurts
With the bundle of public authorities whoever owns any domain has a certificate that passes. Encryption and a trusted chain do not say who
answers.

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
        sni: app.example.org
        common_tls_context:
          validation_context:
            trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}
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
Medium: an authority that signs these servers only is enough.

## See also
[Envoy: TLS](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl) · `unverified-server-tls`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import HTTP_OPTIONS, place, tls_contexts
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule

NAMES = (
    "subject_alt_names",
    "verify_certificate_hash",
    "verify_certificate_spki",
    "custom_validator_config",
    "sds_secret_config",
    "provider",
)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    automatic = f"{HTTP_OPTIONS}.upstream_http_protocol_options.auto_san_validation"
    if pool.options.get(automatic) == "true" or (pool.servers and all(is_local(s.address) for s in pool.servers)):
        return
    for context in tls_contexts(pool):
        below = [path for path in pool.options if path.startswith(f"{context}.")]
        trusted = next((path for path in below if ".trusted_ca." in path), None)
        if trusted is None or any(word in path for path in below for word in NAMES):
            continue
        if pool.options.get(f"{context}.auto_sni_san_validation") == "true":
            continue
        message = f"{pool.name} trusts every certificate that its authorities signed, whatever name it bears"
        why = "whoever holds any certificate of these authorities can pose as a server"
        remedy = "Add `match_typed_subject_alt_names` with the servers' name, or `auto_sni_san_validation: true`"
        yield RULE.found(topology, place(pool, trusted), message, why, remedy, pool=pool.name)
        return


RULE = Rule(
    "server-name-unverified",
    None,
    "info",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents an impostor in the place of a server",
)
