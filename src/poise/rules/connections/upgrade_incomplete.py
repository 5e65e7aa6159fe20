"""WebSockets cannot be opened through this route.

## What it finds
nginx routes that pass the `Upgrade` header on but not `Connection`, or speak HTTP/1.0, which before 1.29.7 is the default. A route that
includes a file which is not here is silent, as the lines may stand in it.

## Why it hurts
Both headers belong to one hop: nginx drops them unless the location sets both, and an upgrade needs HTTP/1.1. The handshake is answered
like an ordinary request, and clients fall back to polling or fail.

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
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_read_timeout 1h;
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
High: nginx's own guide to WebSockets asks for all three lines before 1.29.7.

## See also
[nginx: WebSocket proxying](https://nginx.org/en/docs/http/websocket.html) · `upgrade-cut-by-timeout`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import header_place, headers, is_read, setting, upgrades, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where the header is passed on in vain."""
    default = "1.1" if at_least(topology, "1.29.7") else "1.0"

    def missing(pool: Pool, route: Route) -> list[str]:
        if not upgrades(route) or not is_read(route):
            return []
        lines = [] if (setting(route, "http_version") or default) != "1.0" else ["proxy_http_version 1.1;"]
        connection = headers(route).get("connection", "close").lower()
        return lines + ([] if connection not in ("", "close", "keep-alive") else ["proxy_set_header Connection upgrade;"])

    for first, route, pools in wrong_places(topology, "set_header", missing, written=("set_header",)):
        location = header_place(route, "upgrade") or first
        lines = listing(f"`{line}`" for line in missing(pools[0], route))
        message = f"the `Upgrade` header for {listing(p.name for p in pools)} is passed on in vain: {lines} is missing"
        why = "every WebSocket handshake on this route is answered as an ordinary request: clients cannot connect"
        remedy = f"Add {lines} beside it"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools))


RULE = Rule(
    "upgrade-incomplete",
    None,
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents handshakes that fail whatever the servers do",
)
