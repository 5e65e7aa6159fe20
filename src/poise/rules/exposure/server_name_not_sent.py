"""The TLS handshake does not say which server is meant.

## What it finds
In Envoy a TLS transport socket without `sni`, `auto_host_sni` or `auto_sni`, to servers that are named and not numbered. In HAProxy such
servers with `ssl` and no `sni`, be it with `verifyhost` or `verify none` (without either it is `server-tls-without-name`); as information
those whose checks alone send none, as `sni` does not count for checks: no `check-sni`. Names of internal zones (`.local`, `.internal`,
`.svc` …) are information, and so are numbered servers whose `verifyhost` wants a name that they are not asked for. HAProxy from 3.3 on
sends a name of its own accord.

## Why it hurts
Others send no server name of their own accord. A server, CDN or load balancer with several certificates then presents its default one, or
ends the handshake: every request gets 503, or verification fails against the wrong name.

## Bad
```haproxy
resolvers dns
    parse-resolv-conf
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check resolvers dns init-addr last,none ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt
    server app1 app.example.org:443 verifyhost app.example.org
    server app2 app.example.net:443 verifyhost app.example.net
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
```haproxy
resolvers dns
    parse-resolv-conf
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check resolvers dns init-addr last,none ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt
    server app1 app.example.org:443 sni str(app.example.org) check-sni app.example.org
    server app2 app.example.net:443 sni str(app.example.net) check-sni app.example.net
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
`unverified-server-tls` · [HAProxy: sni](https://docs.haproxy.org/2.8/configuration.html#5.2-sni) ·
[check-sni](https://docs.haproxy.org/2.8/configuration.html#5.2-check-sni)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_ways import HTTP_OPTIONS, place, tls_contexts
from poise.rules.exposure.reach import is_name
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing, verb

INTERNAL = (".local", ".internal", ".svc", ".lan", ".consul", ".test", ".localhost", ".home.arpa", ".intern", ".corp")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool; in HAProxy at its first such server."""
    if topology.product == "haproxy":
        yield from _haproxy(pool, topology)
        return
    contexts = tls_contexts(pool)
    named = [s for s in pool.servers if is_name(s.address)] if contexts else []
    automatic = f"{HTTP_OPTIONS}.upstream_http_protocol_options.auto_sni"
    if not named or pool.options.get(automatic) == "true":
        return
    for context in contexts:
        if pool.options.get(f"{context}.sni") or pool.options.get(f"{context}.auto_host_sni") == "true":
            continue
        host, severity = _host(named[0])
        message = f"{pool.name} does not send the server name {host} in the TLS handshake: no `sni`"
        why = "a server with several certificates presents the wrong one or refuses: every request gets 503"
        remedy = f"Write `sni: {host}` in the transport socket, or `auto_host_sni: true`"
        yield RULE.found(topology, place(pool, f"{context}.@type"), message, why, remedy, pool=pool.name, severity=severity)
        return


def _host(server: Server) -> tuple[str, Severity]:
    """The name to send, and how bad it is that nobody does."""
    host = server.address.rpartition(":")[0].rstrip(".").lower()
    return host, "info" if "." not in host or host.endswith(INTERNAL) else "warning"


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    # From 3.3 on HAProxy sends the name of its own accord.
    encrypted = [s for s in in_use(pool) if s.tls]
    if not encrypted or at_least(topology, "3.3"):
        return
    named = [s for s in encrypted if is_name(s.address)]
    # Where a certificate is verified for any name, that is the greater mistake, and told by server-tls-without-name.
    unsent = [s for s in named if "sni" not in s.options and ("verifyhost" in s.options or _unverified(s, topology))]
    asked = any("sni" in words for key, words in pool.options.items() if key.startswith(("http-check", "tcp-check")))
    checks = [s for s in named if "sni" in s.options and _checked(s) and not asked]
    if unsent:
        host, severity = _host(unsent[0])
        message = f"{listing(s.name for s in unsent)} of {pool.name} {verb(len(unsent), 'are')} not sent a server name in the TLS "
        message += "handshake: no `sni`"
        why = "a server with several certificates presents the wrong one or refuses: every request gets 503"
        remedy = f"Write `sni str({host}) check-sni {host}` in the server's line, or `sni req.hdr(host)` where it serves many names"
        yield RULE.found(topology, unsent[0].location, message, why, remedy, pool=pool.name, server=unsent[0].name, severity=severity)
    elif unasked := [s for s in encrypted if _expects(s) and not is_name(s.address)]:
        host = unasked[0].options["verifyhost"]
        message = (
            f"{listing(s.name for s in unasked)} of {pool.name} must have the certificate of {host} "
            f"and {verb(len(unasked), 'are')} not asked for it: no `sni`"
        )
        why = "a server with several certificates presents its default one, which is refused: every request gets 503"
        remedy = f"Write `sni str({host}) check-sni {host}` in the server's line, unless it has one certificate"
        yield RULE.found(topology, unasked[0].location, message, why, remedy, pool=pool.name, server=unasked[0].name, severity="info")
    elif checks:
        host, _ = _host(checks[0])
        message = f"the checks of {listing(s.name for s in checks)} of {pool.name} send no server name: `sni` counts for requests alone"
        why = "a server with several certificates may refuse the checks and count as dead, or be checked with another site's certificate"
        remedy = f"Add `check-sni {host}`"
        yield RULE.found(topology, checks[0].location, message, why, remedy, pool=pool.name, server=checks[0].name, severity="info")


def _expects(server: Server) -> bool:
    """Whether a certificate of a certain name is wanted of a server that is told no name."""
    wanted = server.options.get("verifyhost", "")
    return "sni" not in server.options and bool(wanted) and is_name(f"{wanted}:443")


def _unverified(server: Server, topology: Topology) -> bool:
    return (server.tls_verify or topology.options.get("ssl-server-verify")) == "none"


def _checked(server: Server) -> bool:
    """Whether its checks speak TLS without a name: as the traffic does, unless they go elsewhere."""
    own, words = "check-ssl" in server.options, server.options
    return bool(server.check) and "check-sni" not in words and "no-check-ssl" not in words and (own or not {"port", "addr"} & set(words))


RULE = Rule("server-name-not-sent", "tls-certificate", "warning", "medium", Pool, check, __doc__, products=("haproxy", "envoy"))
