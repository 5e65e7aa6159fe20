"""Connections to the servers are kept, and closed after every request all the same.

## What it finds
nginx's `keepalive` in an upstream block where a route to it does not speak HTTP/1.1 or sends `Connection: close`, which before 1.29.7 is
the default: `proxy_http_version 1.1` or `proxy_set_header Connection ""` is missing. Where a location's own `proxy_set_header` lines took
the place of an inherited `Connection`, the first of them is told. FastCGI needs `fastcgi_keep_conn on`. Information where a map of
`$http_upgrade` gives `Connection: close` to all that does not upgrade, and where kept connections, the default from 1.29.7 on, are given
up by such a line. A route that includes a file which is not here is silent, as the lines may stand in it.

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

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import family, header_place, headers, is_read, routes, setting
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing

CLOSE = 'proxy_set_header Connection ""'


def missing(pool: Pool, route: Route, topology: Topology, modern: bool) -> list[str]:
    """The lines that the route lacks for its connections to be kept."""
    kind = family(route)
    asked = "keepalive" in pool.options and pool.options["keepalive"].split()[:1] != ["0"]
    # By default connections are kept: what switches that off was written by somebody.
    if pool.mode == "tcp" or not (asked or (modern and kind == "proxy" and "keepalive" not in pool.options and not pool.implicit)):
        return []
    if not is_read(route):
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
    if connection.lower() == "close" or _by_map(connection, topology):
        lines.append(CLOSE)
    return lines


def _by_map(connection: str, topology: Topology) -> bool:
    """Whether a map of `$http_upgrade` makes the header `close` for requests that do not upgrade."""
    variable = topology.variables.get(connection.strip("${}").lower()) if connection.startswith("$") else None
    if variable is None or variable.kind != "map" or variable.source.strip("${}").lower() != "http_upgrade":
        return False
    values = {value.key: value.text.lower() for value in variable.values}
    return values.get("", values.get("default")) == "close"


def _replaced(route: Route, pool: Pool, topology: Topology) -> Location | None:
    """Where the `Connection` stands that an outer level sets, and that the route does without as its own level sets other headers."""
    if "connection" in headers(route) or "proxy_set_header" not in route.options:
        return None
    levels = [(listener.options, listener.places) for listener, each in topology.routes_to(pool.name) if each is route]
    for options, places in (*levels, (topology.options, topology.places)):
        lines = options.get("proxy_set_header", "").lower().split("\n")
        if any(line.split()[:1] == ["connection"] and line.split()[1:] != ["close"] for line in lines):
            return places.get("proxy_set_header")
    return None


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool: at what is wrong where it is written, or at what took the place of the right line; at `keepalive` where no
    route keeps, else at the first such route."""
    modern = at_least(topology, "1.29.7")
    ways = tuple(routes(pool, topology))
    lacking = [route for route in ways if missing(pool, route, topology, modern)]
    if not lacking:
        return
    route, lines = lacking[0], missing(pool, lacking[0], topology, modern)
    replaced = _replaced(route, pool, topology) if CLOSE in lines else None
    words = listing(f"`{line}`" for line in lines)
    where = "" if len(lacking) == len(ways) else f" for {route.condition or route.target}"
    mapped = lines == [CLOSE] and _by_map(headers(route).get("connection", ""), topology)
    if mapped:
        message = f"connections to {pool.name} are not kept{where}: what does not upgrade is sent with `Connection: close`, by the map"
        remedy = "Write `'' '';` in the map instead of `'' close;`: it is nginx's own guide for one connection per request"
    elif replaced is not None and "keepalive" in pool.options:
        others = f", and {listing(f'`{line}`' for line in lines if line != CLOSE)} is missing" if len(lines) > 1 else ""
        file = f"{replaced.file.rpartition('/')[2]}, " if replaced.file != route.location.file else ""
        message = (
            f"`keepalive` of {pool.name} has no effect{where}: the `proxy_set_header` lines here take the place of all inherited ones "
            f"({file}line {replaced.line}), `Connection` among them{others}"
        )
        remedy = (
            f"Add {listing(f'`{line};`' for line in lines)} beside them: nginx inherits these lines only where a level has none of its own"
        )
    elif "keepalive" in pool.options:
        message = f"`keepalive` of {pool.name} has no effect{where}: {words} {'is' if len(lines) == 1 else 'are'} missing"
        remedy = f"Add {listing(f'`{line};`' for line in lines)} to the location"
    else:
        message = f"connections to {pool.name} are not kept{where}, as nginx does by default: {words} is replaced"
        remedy = f"Write {listing(f'`{line};`' for line in lines)}, which is the default"
    why = "every request opens and closes a connection of its own: latency of a handshake each, and local ports run out under load"
    written = route.places.get("proxy_http_version") if lines[0].startswith("proxy_http_version") else header_place(route, "connection")
    if replaced is not None:
        written = route.places.get("proxy_set_header")
    place = written or (pool.places.get("keepalive") if len(lacking) == len(ways) else None) or route.location
    severity: Severity = "info" if mapped or "keepalive" not in pool.options else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


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
