"""Clients must stay on their server, and nothing keeps them there.

## What it finds
Pools of two or more servers for which `poise.toml` says `sticky = true`, without a cookie, a stick table or a hash of
something that the client brings; for nginx without `ip_hash`, `hash` or `sticky`.

## Why it hurts
Every request goes to whichever server is next. With n servers a session that lives in one server's memory is found by one request in n:
logins and baskets vanish.

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
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```
```toml
[pool.web]
sticky = true
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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```
```nginx
upstream web {
    hash $cookie_session consistent;
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
sticky = true
```

## How sure
High, given the declaration.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) ·
[stick on](https://docs.haproxy.org/2.8/configuration.html#4.2-stick%20on) · `cookie-partial`
"""

from collections.abc import Iterable

from poise.balance.splits import bound_by
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm or header."""
    servers = serving(pool)
    if not needs.of(pool.name).sticky or len(servers) < 2 or pool.algorithm.name == "first" or bound_by(pool) is not None:
        return
    message = (
        f"poise.toml says that clients of {pool.name} must stay on their server, and nothing binds them: no cookie, stick table or hash"
    )
    why = f"about {percent(1 - 1 / len(servers))} of a session's requests reach a server that does not know it"
    remedy = f"Add `cookie SRV insert indirect nocache` to {pool.name} and `cookie NAME` to its servers"
    if pool.mode == "tcp":
        remedy = f"Add a stick table and `stick on src`, or `balance source` with `hash-type consistent`, to {pool.name}"
    if topology.product == "nginx":
        message = f"poise.toml says that clients of {pool.name} must stay on their server, and nothing binds them: no hash, no `sticky`"
        remedy = f"Add `hash $cookie_NAME consistent;` or `ip_hash;` to {pool.name}"
    if topology.product == "envoy":
        message = f"poise.toml says that clients of {pool.name} must stay on their server, and {pool.algorithm.name} binds nobody"
        remedy = f"Use `lb_policy: MAGLEV` in {pool.name} with a `hash_policy` (a cookie with a ttl) on its routes"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "sticky-unbound",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    because="it keeps sessions on their server",
)
