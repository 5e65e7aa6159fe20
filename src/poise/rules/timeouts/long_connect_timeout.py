"""A server that is gone is waited for longer than any client waits.

## What it finds
nginx's `proxy_connect_timeout` (or its kin) written as more than 60 s: a warning; from 30 s on information. Pools with a single server on
the same host are silent. Routes to two or more servers for which nobody wrote it are told as information, once for a file: the
default is 60 s. Listeners of UDP, for which nothing is connected, are silent. HAProxy's `timeout connect` of 30 s or more in pools of two
or more servers.
Envoy's `connect_timeout` of 15 s or more, which is all that a route waits by default; the handshake of TLS counts.

## Why it hurts
A machine that lost its power does not refuse, it says nothing: each request that falls to it waits this long before nginx asks the next
server. The kernel gives up after about 127 s anyway, and the default is 60 s. Within one network a second is long.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout connect 60s
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
        proxy_connect_timeout 300s;
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 60s
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout connect 4s
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
        proxy_connect_timeout 5s;
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

## How sure
High for the time; how often a machine vanishes without a word is for you to say.

## See also
[nginx: proxy_connect_timeout](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout) ·
`retry-window-too-short` · [HAProxy: timeout connect](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20connect) · [Envoy:
timeouts](https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts)
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.envoy_ways import ROUTE_TIMEOUT, route_timeout
from poise.rules.envoy_ways import place as place_in
from poise.rules.envoy_ways import several as has_others
from poise.rules.exposure.reach import is_local
from poise.rules.nginx_ways import alive, family, setting, wrong_places
from poise.rules.places import only
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import count, duration, listing

NOTED, LONG = timedelta(seconds=30), timedelta(seconds=60)


def _long(pool: Pool, route: Route) -> bool:
    wait = nginx_span(setting(route, "connect_timeout"))
    if wait is None or wait < NOTED:
        return False
    return not (pool.servers and all(is_local(s.address) for s in pool.servers))


def _unwritten(pool: Pool, route: Route) -> bool:
    """Whether the default of 60 s holds where another server could be asked."""
    if setting(route, "connect_timeout") is not None or len(alive(pool)) < 2:
        return False
    return not all(is_local(s.address) for s in alive(pool))


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where it is written."""
    if topology.product == "envoy":
        yield from _envoy(topology)
        return
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return
    yield from _nginx(replace(topology, listeners=tuple(each for each in topology.listeners if not _datagrams(each))))


def _datagrams(listener: Listener) -> bool:
    """Whether nothing is connected for its clients: a UDP socket is ready at once, whoever is there."""
    return bool(listener.binds) and all("udp" in bind.options for bind in listener.binds)


def _nginx(topology: Topology) -> Iterable[Finding]:
    for location, route, pools in wrong_places(topology, "connect_timeout", _long, written=("connect_timeout",)):
        wait = nginx_span(setting(route, "connect_timeout")) or LONG
        name = f"{family(route)}_connect_timeout"
        whose = listing(p.name for p in pools)
        message = f"`{name} {setting(route, 'connect_timeout')}`: a server of {whose} that is gone is waited for {duration(wait)}"
        several = any(len(alive(pool)) > 1 for pool in pools)
        why = f"its requests hang that long before {'another server is asked: clients have left by then' if several else 'they fail'}"
        remedy = f"Set `{name} 2s;`: within one network a connection takes milliseconds"
        severity: Severity = "warning" if wait > LONG else "info"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)
    yield from _default(topology)


def _default(topology: Topology) -> Iterable[Finding]:
    """One finding for all, at the first route that it holds for."""
    found: dict[str, Route] = {}
    for listener in topology.listeners:
        for route in listener.routes:
            pool = topology.pool(route.pool) if route.pool not in found else None
            if pool is not None and _unwritten(pool, route):
                found[route.pool] = route
    if not found:
        return
    route = next(iter(found.values()))
    names = list(dict.fromkeys(f"{family(each)}_connect_timeout" for each in found.values()))
    written = listing(f"`{name}`" for name in names)
    message = f"nobody wrote {written}: a server of {listing(found)} that is gone is waited for {duration(LONG)}, the default"
    why = "its requests hang that long before another server is asked: clients have left by then"
    remedy = f"Set {listing(f'`{name} 2s;`' for name in names)}: within one network a connection takes milliseconds"
    pool_name = route.pool if len(found) == 1 else None
    yield RULE.found(topology, route.location, message, why, remedy, pool=pool_name, severity="info")


def _haproxy(topology: Topology) -> Iterable[Finding]:
    """One finding per place, for the first of the pools that it counts for."""
    seen: set[Location] = set()
    for pool in topology.pools:
        wait, place = pool.timeouts.connect, place_of(pool, "timeout connect")
        if wait is None or wait < NOTED or len(in_use(pool)) < 2 or place in seen:
            continue
        seen.add(place)
        message = (
            f"requests for {pool.name} wait {duration(wait)} for a connection "
            f"(`timeout connect`), and are tried {count(pool.retries + 1, 'time')}"
        )
        why = "a machine that is gone without a word holds its share of the requests that long, other servers being up"
        remedy = "Set `timeout connect 4s`: within one network a connection takes milliseconds"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


def _envoy(topology: Topology) -> Iterable[Finding]:
    for pool in topology.pools:
        wait = pool.timeouts.connect
        if wait is None or wait < ROUTE_TIMEOUT or not has_others(pool) or all(is_local(s.address) for s in pool.servers):
            continue
        message = f"`connect_timeout: {wait.total_seconds():g}s`: a server of {pool.name} that is gone is waited for {duration(wait)}"
        why = f"{_hanging(pool, topology, wait)}, and no other server is asked"
        remedy = "Set `connect_timeout: 1s`: within one network a connection takes milliseconds; the default is 5 s"
        severity: Severity = "warning" if wait >= NOTED else "info"
        yield RULE.found(topology, place_in(pool, "connect_timeout"), message, why, remedy, pool=pool.name, severity=severity)


def _hanging(pool: Pool, topology: Topology, wait: timedelta) -> str:
    """What ends the waiting: the time to connect, or a route's own time for the answer where that is shorter."""
    ways = topology.routes_to(pool.name)
    if ways and all(listener.mode == "tcp" for listener, _ in ways):
        return "its connections hang that long"
    waits = [route_timeout(route) for listener, route in ways if listener.mode == "http"] or [ROUTE_TIMEOUT]
    shorter = [each for each in waits if each is not None and each <= wait]
    if not shorter:
        return "its requests hang that long"
    told = "15 s by default" if set(shorter) == {ROUTE_TIMEOUT} else duration(min(shorter))
    return f"its requests hang that long, or until the route's timeout ({told})"


RULE = Rule("long-connect-timeout", "server-down", "warning", "medium", Topology, check, __doc__, products=("haproxy", "nginx", "envoy"))
