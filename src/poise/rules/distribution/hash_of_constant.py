"""A key that is the same for every request.

## What it finds
nginx's `hash` in a pool of two or more servers, and `split_clients` that chooses a pool, with a key without variables, or made only of
variables that one listener cannot vary (`$scheme`, `$server_port`, `$server_name`, `$hostname` …), or of a `map`, `geo` or `set` that has
but one value, or of variables that nothing fills: `$ssl_session_id` and the like where no listener in front takes TLS, the client's
certificate where none is asked for, `$proxy_protocol_addr` without the PROXY protocol, and what no server has answered yet
(`$upstream_cookie_…`, `$upstream_http_…`). A warning where the key can take fewer values than the pool has servers, or is always empty:
nginx then deals in turn. In Envoy the `hash_policy` of all routes to a cluster that hash only `:authority` where the virtual host has one
domain.
HAProxy's hash of a text, of what its listener fixes (`dst_port`, `fe_name`), of `uri len 1`, and of a header that the file itself sets, or
that must have one of a few values to get to the pool at all (`hdr(host)` behind a rule that denies all hosts but one).

## Why it hurts
The same key gives the same server: 100 % of the requests go to one of them (measured). Mostly a `$` was forgotten, or a `map` was never
filled. An empty key ties no client to a server (measured on 1.22 and 1.31: 60 requests, 20 for each of 3 servers).

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend web if { hdr(host) -i www.example.net }
    default_backend other
backend web
    balance hdr(host)
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend other
    balance roundrobin
    option httpchk GET /healthz
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
```
```nginx
upstream web {
    hash request_uri consistent;
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
              domains: ["www.example.com"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy:
                  - header: {header_name: ":authority"}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: MAGLEV
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend web if { hdr_end(host) -i .example.net }
    default_backend other
backend web
    balance hdr(host)
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend other
    balance roundrobin
    option httpchk GET /healthz
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
```
```nginx
upstream web {
    hash $request_uri consistent;
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
              domains: ["www.example.com"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy:
                  - header: {header_name: ":path"}
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: MAGLEV
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
High for a key without variables; `$scheme` and its like can take two values at best. `$hostname` as the key of a split is a warning only:
in a large fleet it decides which machines take part.

## See also
[Envoy:
hash_policy](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routeaction-hashpolicy)
· [HAProxy: balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance) · [nginx:
hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash) ·
[split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html) · `hash-map-based`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.distribution.haproxy_keys import values as haproxy_values
from poise.rules.distribution.nginx_keys import constant_keys as nginx_keys
from poise.rules.envoy_keys import distinct as keys
from poise.rules.envoy_pools import hash_path
from poise.rules.envoy_ways import at
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import count, idle, listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `hash` line or hash policy, and one per split, at its header."""
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return
    for pool in topology.pools:
        if pool.algorithm.name in ENVOY_HASHES and len(pool.servers) > 1 and not pool.discovered:
            yield from _envoy(pool, topology)
    for said in nginx_keys(topology) if topology.product == "nginx" else ():
        yield RULE.found(topology, said.place, said.message, said.why, said.remedy, pool=said.pool, severity=said.severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    routes = [route for _, route in topology.routes_to(pool.name)]
    if not routes or any(hash_path(route) is None for route in routes):
        return
    values, servers = keys(routes), len(pool.servers)
    if values is None or len(values) >= servers:
        return
    what = f"can take {count(len(values), 'value')} only, for {servers} servers" if len(values) > 1 else "is the same for every request"
    message = f"the `hash_policy` of the routes to {pool.name} {what} ({listing(sorted(values), 3)})"
    carry = "one carries" if len(values) == 1 else "the others carry"
    why = f"{idle(servers - len(values), servers)} while {carry} everything"
    remedy = "Hash what differs between requests: `:path`, a cookie with a `ttl`, or `connection_properties: {source_ip: true}`"
    severity: Severity = "error" if len(values) == 1 else "warning"
    yield RULE.found(topology, at(routes[0], "hash_policy"), message, why, remedy, pool=pool.name, severity=severity)


def _haproxy(topology: Topology) -> Iterable[Finding]:
    for pool in topology.pools:
        servers = len(serving(pool))
        known = haproxy_values(pool, topology) if servers > 1 and not pool.algorithm.hash_balance_factor else None
        if not known or len(known) >= servers:
            continue
        key = f"{pool.algorithm.name} {pool.algorithm.argument or ''}".strip()
        one = len(known) == 1
        message = (
            f"`balance {key}` of {pool.name} is the same for every request ({listing(known)}): one server gets 100 %"
            if one
            else f"`balance {key}` of {pool.name} can be {listing(sorted(known))} only, for {servers} servers"
        )
        why = f"{idle(servers - len(known), servers)} while {'one carries' if one else 'the others carry'} everything"
        remedy = (
            f"Hash what differs between requests, such as `balance source` or `balance uri`, or use `balance roundrobin`, in {pool.name}"
        )
        place = pool.algorithm.location or pool.location
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if one else "warning")


RULE = Rule(
    "hash-of-constant",
    "traffic-pinned",
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("source-behind-nat",),
)
