"""Clients must stay on their server, and nothing keeps them there.

## What it finds
Pools of two or more servers for which `poise.toml` says `sticky = true`, without a cookie, a stick table or a hash of
something that the client brings; for nginx without `ip_hash`, `hash` or `sticky`, or with a `hash` of what is new for each request or
connection (`$request_id`, `$msec`, `$remote_port` …), or behind `split_clients` by such a key. A `hash` of the path alone is information:
it ties pages, not clients.

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
from poise.balancers.nginx.client_split import split_of
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_variables import PER_CONNECTION, fresh, names
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import percent

# What a page is called, whoever asks for it.
PATH = frozenset(("request_uri", "uri", "document_uri", "request_filename", "args", "query_string", "is_args"))


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm or header."""
    servers = serving(pool)
    if topology.product == "nginx" and needs.of(pool.name).sticky and len(servers) > 1 and (found := _loose(pool, topology)):
        yield found
        return
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
        if _stateful(pool, topology):
            return
        message = f"poise.toml says that clients of {pool.name} must stay on their server, and {pool.algorithm.name} binds nobody"
        remedy = f"Use `lb_policy: MAGLEV` in {pool.name} with a `hash_policy` (a cookie with a ttl) on its routes"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


def _stateful(pool: Pool, topology: Topology) -> bool:
    """Whether every listener on the way has Envoy's filter of stateful sessions, which overrides the algorithm."""
    listeners = {id(listener): listener for listener, _ in topology.routes_to(pool.name)}.values()
    return bool(listeners) and all(any(".stateful_session." in value for value in each.options.values()) for each in listeners)


def _loose(pool: Pool, topology: Topology) -> Finding | None:
    """nginx's keys that bind, but not a client; and splits that send a client to another pool each time."""
    hashed = (pool.algorithm.argument or "") if pool.algorithm.name == "hash" and not pool.persistence else ""
    place, key, name = pool.algorithm.location or pool.location, hashed, fresh(hashed, topology)
    for _, route in () if name else topology.routes_to(pool.name):
        split = split_of(route, topology)
        if split is not None and len(split.values) > 1 and (name := fresh(split.source, topology)):
            place, key = split.location, split.source
            break
    severity: Severity = "error"
    if name:
        what = f"the key `{key}` of {pool.name} is new for every {'connection' if name in PER_CONNECTION else 'request'}"
        why = "each goes to whichever server its number falls on, and a session is known to one of them"
    elif hashed and set(names(hashed)) <= PATH and names(hashed):
        what, severity = f"`hash {hashed}` of {pool.name} ties pages to a server, not clients", "info"
        why = "the pages of one client are on several servers, and a session is known to one of them"
    else:
        return None
    message = f"poise.toml says that clients of {pool.name} must stay on their server, and {what}"
    remedy = "Use what a client brings with each request, such as a cookie of the session: `hash $cookie_NAME consistent;`"
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


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
