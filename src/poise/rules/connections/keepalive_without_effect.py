"""Connections to the servers are kept, and closed after every request all the same.

## What it finds
nginx's `keepalive` in an upstream block where a route to it does not speak HTTP/1.1 or sends `Connection: close`, which before 1.29.7 is
the default: `proxy_http_version 1.1` or `proxy_set_header Connection ""` is missing. FastCGI needs `fastcgi_keep_conn on`.

## Why it hurts
Every request opens a connection of its own: measured on 1.22, 300 connections for 300 requests instead of 3. Under load the handshakes
cost latency, and closed connections use up the local ports. Often the lines stand at the `server` level and one `proxy_set_header` in a
location drops them all.

## Bad
```nginx
# for nginx 1.28
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    keepalive 32;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_set_header Host $host;
    }
}
```

## Good
```nginx
# for nginx 1.28
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    keepalive 32;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
    }
}
```

## How sure
High, measured on 1.22 and 1.31. From 1.29.7 on HTTP/1.1 and an empty `Connection` are the defaults, and only what contradicts them is
found. A route for WebSockets, which sets `Connection` itself, needs HTTP/1.1 only.

## See also
[nginx: keepalive](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive) · `keepalive-too-small`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import family, headers, routes, setting
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing


def missing(pool: Pool, route: Route, modern: bool) -> list[str]:
    """The lines that the route lacks for its connections to be kept."""
    kind = family(route)
    if pool.mode == "tcp" or "keepalive" not in pool.options or pool.options["keepalive"].split()[:1] == ["0"]:
        return []
    if kind == "fastcgi":
        return [] if setting(route, "keep_conn") == "on" else ["fastcgi_keep_conn on"]
    if kind != "proxy":
        return []
    lines = []
    version = setting(route, "http_version") or ("1.1" if modern else "1.0")
    if version == "1.0":
        lines.append("proxy_http_version 1.1")
    connection = headers(route).get("connection", "" if modern else "close")
    if connection.lower() == "close":
        lines.append('proxy_set_header Connection ""')
    return lines


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool: at what is wrong where it is written, at `keepalive` where no route keeps, else at the first such route."""
    modern = at_least(topology, "1.29.7")
    ways = tuple(routes(pool, topology))
    lacking = [route for route in ways if missing(pool, route, modern)]
    if not lacking:
        return
    route, lines = lacking[0], missing(pool, lacking[0], modern)
    words = listing(f"`{line}`" for line in lines)
    where = "" if len(lacking) == len(ways) else f" for {route.condition or route.target}"
    message = f"`keepalive` of {pool.name} has no effect{where}: {words} {'is' if len(lines) == 1 else 'are'} missing"
    why = "every request opens and closes a connection of its own: latency of a handshake each, and local ports run out under load"
    remedy = f"Add {listing(f'`{line};`' for line in lines)} to the location"
    written = route.places.get("proxy_http_version") if lines[0].startswith("proxy_http_version") else None
    place = written or (pool.places.get("keepalive") if len(lacking) == len(ways) else None) or route.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule(
    "keepalive-without-effect",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents the cost of a connection for each request, which shows as latency everywhere",
)
