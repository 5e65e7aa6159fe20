"""Quiet WebSocket connections are cut after a minute.

## What it finds
nginx routes that pass the `Upgrade` header on and whose `proxy_read_timeout` is 60 s or less, the default included. In HAProxy pools that
the file itself sends such connections to (a rule on `Upgrade: websocket`, on `/ws`, `/socket.io` …) without `timeout tunnel`, where
`timeout client` or `timeout server` is below one hour: a warning.

## Why it hurts
The timeout counts the silence between two messages from the server. A chat or dashboard that is quiet for a minute loses its connection,
and all quiet clients come back at once.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    acl is_ws hdr(Upgrade) -i websocket
    use_backend live if is_ws
    default_backend live
backend live
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
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
    }
}
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
    acl is_ws hdr(Upgrade) -i websocket
    use_backend live if is_ws
    default_backend live
backend live
    timeout tunnel 1h
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
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_read_timeout 1h;
    }
}
```

## How sure
Low: an application whose server pings more often than once a minute keeps its connections.

## See also
[nginx: WebSocket proxying](https://nginx.org/en/docs/http/websocket.html) · `upgrade-incomplete` ·
[HAProxy: timeout tunnel](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20tunnel)
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import timedelta

from poise.balancers.haproxy.criteria import acls
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import setting, upgrades, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import duration, listing

DEFAULT = timedelta(seconds=60)


def _patience(route: Route) -> timedelta:
    return nginx_span(setting(route, "read_timeout")) or DEFAULT


def _short(pool: Pool, route: Route) -> bool:
    return upgrades(route) and _patience(route) <= DEFAULT


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place: the timeout where it is written, else the route."""
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return
    for location, route, pools in wrong_places(topology, "read_timeout", _short, written=("set_header",)):
        message = f"upgraded connections to {listing(p.name for p in pools)} end after {duration(_patience(route))} without a message"
        why = "quiet WebSocket clients lose their connection and all come back at once"
        remedy = "Set `proxy_read_timeout 1h;` in the location, or let the application ping more often"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools))


SIGNS = r"(?i)websocket|\bupgrade\b|[ /]wss?(?:[/ ]|$)|socket\.io|/sockjs|signalr|/cable\b"
LONG = timedelta(hours=1)


def _haproxy(topology: Topology) -> Iterable[Finding]:
    """One finding per pool, at its header, where the timeout is missing."""
    seen: set[str] = set()
    for listener in topology.listeners:
        lines = acls(listener.options.get("acl", ""))
        signs = {name for name, said in lines.items() if any(re.search(SIGNS, f"{name} {line}") for _, line in said)}
        for route in listener.routes:
            if route.condition is None or not _meant(route.condition, signs):
                continue
            pool = topology.pool(route.pool)
            if pool is None or pool.timeouts.tunnel or not pool.servers or pool.mode != "http" or pool.name in seen:
                continue
            limits = [t for t in (listener.timeouts.client, pool.timeouts.server) if t]
            if not limits or min(limits) >= LONG:
                continue
            seen.add(pool.name)
            message = f"{pool.name} gets WebSocket connections and has no `timeout tunnel`: {duration(min(limits))} of silence end them"
            why = "quiet WebSocket clients lose their connection and all come back at once"
            remedy = f"Add `timeout tunnel 1h` to {pool.name}"
            yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name, severity="warning")


def _meant(condition: str, signs: AbstractSet[str]) -> bool:
    """Whether the condition, or an acl that it names (one of `signs`), speaks of such connections."""
    return re.search(SIGNS, condition) is not None or (bool(signs) and not signs.isdisjoint(w.lstrip("!") for w in condition.split()))


RULE = Rule(
    "upgrade-cut-by-timeout",
    None,
    "info",
    "low",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it prevents connections that end while nobody is at fault",
)
