"""Traffic to a server is encrypted, but whose server it is nobody checks.

## What it finds
HAProxy's servers with `ssl` and `verify none`; nginx's routes to `https://` or `grpcs://` without `proxy_ssl_verify on`, which is off by
default, once for all targets at one server. Servers on the same host are silent.
In Envoy a TLS transport socket whose validation context names nothing to verify by (`trusted_ca` …), or accepts untrusted chains.

## Why it hurts
Whoever can answer on that address reads and changes the traffic. Encryption without verification stops listeners, not impostors.

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
    server app1 10.0.0.1:8443 check ssl verify none
    server app2 10.0.0.2:8443 check ssl verify none
```
```nginx
upstream web {
    server 10.0.0.1:8443;
    server 10.0.0.2:8443;
}
server {
    listen 80;
    location / {
        proxy_pass https://web;
        proxy_ssl_server_name on;
        proxy_ssl_name app.internal;
    }
}
```
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
    transport_socket:
      name: tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: app.example.org
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
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
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
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

With TLS, in HAProxy `ssl verify required ca-file /etc/haproxy/ca.pem verifyhost app.internal`; in nginx `proxy_ssl_verify on`,
`proxy_ssl_trusted_certificate /etc/nginx/ca.pem` and `proxy_ssl_name app.internal`.

## How sure
Medium: on a network that only these machines share it may be a decision.

## See also
[HAProxy: verify](https://docs.haproxy.org/2.8/configuration.html#5.2-verify) · [nginx:
proxy_ssl_verify](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify) · [Envoy:
TLS](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.envoy_ways import place as place_in
from poise.rules.envoy_ways import tls_contexts
from poise.rules.exposure.reach import is_local
from poise.rules.nginx_ways import family, place, routes, setting, told_before
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server; in nginx at its first such route."""
    if topology.product == "nginx":
        yield from _nginx(pool, topology)
        return
    by_default = "none" if topology.options.get("ssl-server-verify") == "none" else "required"
    open_to_all = [s for s in pool.servers if s.tls and (s.tls_verify or by_default) == "none" and not is_local(s.address)]
    if not open_to_all:
        return
    message = f"the certificates of {listing(s.name for s in open_to_all)} of {pool.name} are not verified"
    why = "anyone who can answer on their addresses reads and changes the traffic"
    remedy = "Write `verify required ca-file FILE verifyhost NAME` instead of `verify none`"
    where = open_to_all[0].places.get("verify", open_to_all[0].location)
    if topology.product == "envoy":
        remedy = "Give the `common_tls_context` a `validation_context` with `trusted_ca` and `match_typed_subject_alt_names`"
        where = _context(pool)
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, server=open_to_all[0].name)


def _context(pool: Pool) -> Location:
    """Where a context accepts chains that nobody trusts, else the first that lacks something to verify by."""
    for path, value in pool.options.items():
        if path.endswith(".trust_chain_verification") and value in UNTRUSTED:
            return pool.places[path]
    bare = [path for path in tls_contexts(pool) if not any(word in key for key in pool.options if key.startswith(path) for word in PROOF)]
    empty = (f"{path}.common_tls_context.validation_context" for path in bare)
    return place_in(pool, *empty, *(f"{path}.@type" for path in bare), "transport_socket", "transport_socket_matches")


UNTRUSTED = ("ACCEPT_UNTRUSTED", "1")
# Words in the paths of what a certificate can be held against.
PROOF = (".trusted_ca", ".verify_certificate_", "_provider", ".system_root_certs", ".custom_validator_config", "_sds_secret_config")


def _nginx(pool: Pool, topology: Topology) -> Iterable[Finding]:
    def unverified(each: Pool) -> list[Route]:
        return [r for r in routes(each, topology) if r.tls and (setting(r, "ssl_verify") or "off") != "on"]

    blind = unverified(pool)
    if not blind or (pool.servers and all(is_local(s.address) for s in pool.servers)) or told_before(pool, topology, unverified):
        return
    name = f"{family(blind[0])}_ssl_verify"
    message = (
        f"the certificates of {pool.name}'s servers are not verified: `{name}` is off{'' if name in blind[0].options else ', the default'}"
    )
    why = "anyone who can answer on their addresses reads and changes the traffic"
    remedy = f"Write `{name} on;` with `{family(blind[0])}_ssl_trusted_certificate FILE;` and the name that the certificate bears"
    yield RULE.found(topology, place(blind[0], "ssl_verify"), message, why, remedy, pool=pool.name)


RULE = Rule(
    "unverified-server-tls",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    because="it prevents an impostor in the place of a server",
)
