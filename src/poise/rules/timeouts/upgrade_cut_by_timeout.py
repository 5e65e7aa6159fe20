"""Quiet WebSocket connections are cut after a minute.

## What it finds
nginx routes that pass the `Upgrade` header on and whose `proxy_read_timeout` is 60 s or less, the default included.

## Why it hurts
The timeout counts the silence between two messages from the server. A chat or dashboard that is quiet for a minute loses its connection,
and all quiet clients come back at once.

## Bad
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
[nginx: WebSocket proxying](https://nginx.org/en/docs/http/websocket.html) · `upgrade-incomplete`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import only, setting, span, upgrades, wrong_places
from poise.rules.rule import Rule
from poise.rules.words import duration, listing

DEFAULT = timedelta(seconds=60)


def _patience(route: Route) -> timedelta:
    return span(setting(route, "read_timeout")) or DEFAULT


def _short(pool: Pool, route: Route) -> bool:
    return upgrades(route) and _patience(route) <= DEFAULT


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place: the timeout where it is written, else the route."""
    for location, route, pools in wrong_places(topology, "read_timeout", _short):
        message = f"upgraded connections to {listing(p.name for p in pools)} end after {duration(_patience(route))} without a message"
        why = "quiet WebSocket clients lose their connection and all come back at once"
        remedy = "Set `proxy_read_timeout 1h;` in the location, or let the application ping more often"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools))


RULE = Rule(
    "upgrade-cut-by-timeout",
    None,
    "info",
    "low",
    Topology,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents connections that end while nobody is at fault",
)
