"""A new connection for every request.

## What it finds
nginx pools without `keepalive`, before 1.29.7, and with `keepalive 0`, which is allowed since. Information; a warning where the declared
peak (`peak_requests_per_second`) brings more than 470 new connections per second to one server, and where `keepalive 0` costs a handshake
of TLS for each request. Servers on the same host and FastCGI are silent below that. What is information is told once, for all such pools
of a file. HAProxy's pools in http mode with `http-reuse never`, `option httpclose` or `pool-max-conn 0`, whatever the peak. `source …
usesrc`, which needs it, is silent. In Envoy `max_requests_per_connection: 1` of a cluster; up to 10 it is information.

## Why it hurts
The side that closes a connection keeps its ports for 60 s. Where that is nginx, the 28,232 ports of Linux's default range last for 470
connections per second to one address; beyond that `connect()` fails with "Cannot assign requested address" and clients get 502, while
servers are idle. Where it is the server, its table of closed connections fills instead.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    http-reuse never
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
# for nginx 1.28
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
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        common_http_protocol_options: {max_requests_per_connection: 1}
        explicit_http_config: {http_protocol_options: {}}
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
```toml
[pool.web]
peak_requests_per_second = 3000
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    http-reuse safe
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
# for nginx 1.28
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    keepalive 64;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        common_http_protocol_options: {max_requests_per_connection: 10000}
        explicit_http_config: {http_protocol_options: {}}
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
```toml
[pool.web]
peak_requests_per_second = 3000
```

## How sure
Low: which side closes first depends on the server, and the port range and the reuse of closing connections can be tuned.

## See also
[nginx: keepalive](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive) · `keepalive-without-effect` ·
[HAProxy: http-reuse](https://docs.haproxy.org/2.8/configuration.html#4.2-http-reuse) ·
[option httpclose](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20httpclose) · [Envoy:
max_requests_per_connection](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/protocol.proto)
"""

from collections.abc import Iterable, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import HTTP_OPTIONS, number
from poise.rules.exposure.reach import is_local, is_path
from poise.rules.nginx_ways import family, primaries, routes
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing

# ip_local_port_range 32768–60999 and TCP_TIMEWAIT_LEN of 60 s: Linux's defaults.
PORTS, HELD_SECONDS = 28_232, 60


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its header, or at the option that closes connections; one for all nginx pools that lack `keepalive`."""
    if topology.product == "nginx":
        yield from _nginx(topology, needs)
        return
    for pool in topology.pools:
        yield from _envoy(pool, topology) if topology.product == "envoy" else _haproxy(pool, topology)


def _nginx(topology: Topology, needs: Needs) -> Iterable[Finding]:
    """Where nobody asked for kept connections before they were the default, and where somebody switched the default off."""
    modern, bare = at_least(topology, "1.29.7"), list[Pool]()
    for pool in topology.pools:
        off = pool.options.get("keepalive", "").split()[:1] == ["0"]
        if pool.mode == "tcp" or pool.implicit or not (off or ("keepalive" not in pool.options and not modern)):
            continue
        servers = [s for s in primaries(pool) if not is_path(s.address)]
        ways = [route for route in routes(pool, topology) if family(route) in ("proxy", "fastcgi", "grpc")]
        if not servers or not ways:
            continue
        peak = needs.of(pool.name).peak_requests_per_second or 0.0
        most = max(s.weight for s in servers) / sum(s.weight for s in servers) * peak
        if most > PORTS / HELD_SECONDS:
            yield _told(topology, [pool], off, most, False)
        # A process of PHP serves one connection at a time, so that one kept idle is one process less: nobody is told to keep them.
        elif not all(is_local(s.address) for s in servers) and not all(family(route) == "fastcgi" for route in ways):
            if off:
                yield _told(topology, [pool], off, 0, any(route.tls for route in ways))
            else:
                bare.append(pool)
    if bare:
        yield _told(topology, bare, False, 0, False)


def _told(topology: Topology, pools: Sequence[Pool], off: bool, most: float, tls: bool) -> Finding:
    """`most`: new connections per second to one server, 0 where that is not known to be too many."""
    pool, whose = pools[0], listing(p.name for p in pools)
    what = (
        f"{whose} switches kept connections off (`keepalive 0`)"
        if off
        else f"{whose} {'has' if len(pools) == 1 else 'have'} no `keepalive`"
    )
    message = f"{what}: every request opens a new connection" + (f", {most:.0f} a second to one server" if most else "")
    why = (
        f"a closed connection holds its port for {HELD_SECONDS} s: there are enough for {PORTS // HELD_SECONDS} a second, then 502"
        if most
        else f"each request pays the handshake{'s of TCP and TLS' if tls else ''} first, and under load ports and the servers' time run out"
    )
    remedy = (
        f"Remove `keepalive 0` from {pool.name}: nginx keeps connections by default from 1.29.7 on"
        if off
        else f'Add `keepalive 32;` to {whose}, and `proxy_http_version 1.1;` with `proxy_set_header Connection "";` to the locations'
    )
    severity: Severity = "warning" if most or (off and tls) else "info"
    place = pool.places.get("keepalive", pool.location) if off else pool.location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name if len(pools) == 1 else None, severity=severity)


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    servers = in_use(pool)
    sources = [pool.options.get("source", ""), *(s.options.get("source", "") for s in servers)]
    if pool.mode != "http" or not servers or any("usesrc" in source for source in sources):
        return
    unpooled = [s for s in servers if s.options.get("pool-max-conn") == "0"]
    if pool.http_reuse == "never":
        what, place = "http-reuse never", place_of(pool, "http-reuse")
    elif pool.close_mode == "httpclose":
        what, place = "option httpclose", place_of(pool, "option httpclose")
    elif len(unpooled) == len(servers):
        what, place = "pool-max-conn 0", unpooled[0].places.get("pool-max-conn", unpooled[0].location)
    else:
        return
    message = f"{pool.name} opens a connection to its servers for every request: `{what}`"
    why = "at the peak the handshakes cost the servers more than the requests, and the ports of the load balancer run out"
    remedy = f"Remove `{what}`; `http-reuse safe` is HAProxy's default"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    for path in (f"{HTTP_OPTIONS}.common_http_protocol_options.max_requests_per_connection", "max_requests_per_connection"):
        most = int(number(pool.options, path, 0))
        if not 0 < most <= 10:
            continue
        after = "every request" if most == 1 else f"{most} requests"
        message = f"{pool.name} closes a connection after {after}: `max_requests_per_connection: {most}`"
        why = "at the peak the handshakes cost the servers more than the requests, and the ports of the load balancer run out"
        remedy = "Remove it, or set it to some thousands where connections must be renewed now and then"
        yield RULE.found(topology, pool.places[path], message, why, remedy, pool=pool.name, severity="warning" if most == 1 else "info")
        return


RULE = Rule(
    "connection-per-request",
    "surge",
    "warning",
    "low",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("load-balancer-busy",),
)
