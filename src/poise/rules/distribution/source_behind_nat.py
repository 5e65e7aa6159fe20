"""Clients are told apart by their address, and they share a few addresses.

## What it finds
`balance source`, or a stick table on the source address, in a pool for which `poise.toml` says `clients_behind_nat = true`; nginx's
`ip_hash` and `hash $remote_addr` likewise, unless `set_real_ip_from` restores the clients' addresses. Where nginx itself listens with
`proxy_protocol` and does not take the address from it, no declaration is needed.

## Why it hurts
All clients behind one proxy, CDN or NAT have one source address: they all get the same server. One address means 100 % on one server.
nginx's `ip_hash` reads only the first three octets of an IPv4 address: a whole /24 network is one client.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance source
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
upstream web {
    ip_hash;
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
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy:
                  - connection_properties: {source_ip: true}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: MAGLEV
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
clients_behind_nat = true
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
    balance roundrobin
    option httpchk GET /healthz
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```
```nginx
upstream web {
    hash $http_x_forwarded_for consistent;
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
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy:
                  - cookie: {name: session, ttl: 3600s}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: MAGLEV
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
clients_behind_nat = true
```

## How sure
High, given the declaration; without it the rule is silent.

## See also
[HAProxy: balance source](https://docs.haproxy.org/2.8/configuration.html#4.2-balance) · [nginx:
ip_hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#ip_hash)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.rule import Rule

ADDRESSES = ("$remote_addr", "$binary_remote_addr")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that tells clients apart."""
    if topology.product == "nginx":
        yield from _nginx(pool, topology, bool(needs.of(pool.name).clients_behind_nat))
        return
    if topology.product == "envoy":
        yield from _envoy(pool, topology, bool(needs.of(pool.name).clients_behind_nat))
        return
    if not needs.of(pool.name).clients_behind_nat or sum(s.role == "active" for s in pool.servers) < 2:
        return
    persistence = (pool.persistence or "").split()
    by_stick = persistence[:1] == ["stick"] and len(persistence) > 2 and persistence[2].split(",")[0] == "src"
    hashed = pool.algorithm.name == "hash" and (pool.algorithm.argument or "").split(",")[0] == "src"
    if pool.algorithm.name != "source" and not hashed and not by_stick:
        return
    by = "stick on src" if by_stick else "balance hash src" if hashed else "balance source"
    message = f"{pool.name} tells clients apart by source address (`{by}`), and poise.toml says they are behind NAT"
    why = "every client behind one address gets the same server: the shares follow the few addresses, up to 100 % on one server"
    remedy = (
        f"Use a cookie, or hash what tells clients apart (`balance hdr(X-Forwarded-For)` if the proxy in front sets it), in {pool.name}"
    )
    place = (pool.persistence_location if by_stick else pool.algorithm.location) or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


def _nginx(pool: Pool, topology: Topology, declared: bool) -> Iterable[Finding]:
    key = (pool.algorithm.argument or "").strip("\"'")
    by_address = pool.algorithm.name == "ip_hash" or (pool.algorithm.name == "hash" and key in ADDRESSES)
    if not by_address or sum(s.role == "active" for s in pool.servers) < 2:
        return
    ways = topology.routes_to(pool.name)
    masked = [each for each in ways if not _restored(*each)]
    proxied = [listener for listener, _ in masked if listener.binds and all("proxy_protocol" in b.options for b in listener.binds)]
    if ways and not (masked if declared else proxied):
        return
    if not declared and not proxied:
        return
    words = "ip_hash" if pool.algorithm.name == "ip_hash" else f"hash {key}"
    because = "poise.toml says they are behind NAT" if declared else f"{proxied[0].name} sees only the proxy in front of it"
    message = f"{pool.name} tells clients apart by source address (`{words}`), and {because}"
    why = "every client behind one address gets the same server: the shares follow the few addresses, up to 100 % on one server"
    remedy = f"Restore the clients' addresses (`set_real_ip_from`, `real_ip_header`), or hash what tells clients apart in {pool.name}"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


def _envoy(pool: Pool, topology: Topology, declared: bool) -> Iterable[Finding]:
    if not declared or pool.algorithm.name not in ENVOY_HASHES or (len(pool.servers) < 2 and not pool.discovered):
        return
    for _, route in topology.routes_to(pool.name):
        path = next((p for p in route.options if p.startswith("hash_policy.0.") and p.endswith("source_ip")), None)
        if path is not None:
            message = f"{pool.name} tells clients apart by source address (`source_ip`), and poise.toml says they are behind NAT"
            why = "every client behind one address gets the same server: the shares follow the few addresses, up to 100 % on one server"
            remedy = f"Hash a `cookie` with a `ttl`, or a header that tells clients apart, on the route to {pool.name}"
            yield RULE.found(topology, route.places.get(path, route.location), message, why, remedy, pool=pool.name)
            return


def _restored(listener: Listener, route: Route) -> bool:
    """Whether nginx replaces the connection's address by the one that the proxy in front passes on."""
    return "set_real_ip_from" in route.options or "set_real_ip_from" in listener.options


RULE = Rule(
    "source-behind-nat",
    "source-behind-nat",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("traffic-pinned",),
)
