"""A server that hangs is waited for all day.

## What it finds
nginx's `proxy_read_timeout` (or its kin) of ten minutes or more in a pool of two or more servers, on a route for requests of the ordinary
kind: no `proxy_buffering off`, not gRPC. Information; a warning from one hour on where the route is for `/`. Where the route passes
`Upgrade` on it is found only if the line rules several locations and the path is none for WebSockets, or where `poise.toml` promises a
`latency_p99_ms` or a `service_time_ms`: a warning where it does both.

## Why it hurts
The timeout counts the silence of a server. One that hangs keeps every request that falls to it, and a connection of the worker each, for
that long: nginx notices nothing, and its share of the clients waits.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 1h;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 60s;
    }
}
```

## How sure
Medium: a report that takes an hour needs it. Then give the path of the report a location of its own.

## See also
[nginx: proxy_read_timeout](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout) · `long-connect-timeout` ·
`upgrade-cut-by-timeout`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import alive, everything, family, quiet, setting, shared_places, upgrades, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import duration, listing

NOTED, LONG = timedelta(minutes=10), timedelta(hours=1)


def _long(pool: Pool, route: Route) -> bool:
    wait = nginx_span(setting(route, "read_timeout"))
    if wait is None or wait < NOTED or len(alive(pool)) < 2:
        return False
    streams = setting(route, "buffering") == "off" or family(route) == "grpc" or (upgrades(route) and quiet(route))
    return pool.mode == "http" and not streams


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where it is written."""
    shared: frozenset[Location] | None = None
    for location, route, pools in wrong_places(topology, "read_timeout", _long, written=("read_timeout",)):
        wait = nginx_span(setting(route, "read_timeout")) or LONG
        name = f"{family(route)}_read_timeout"
        whose = listing(p.name for p in pools)
        message = f"`{name} {setting(route, 'read_timeout')}`: a server of {whose} that hangs is waited for {duration(wait)}"
        why = "its share of the clients hangs that long, and each holds two connections of nginx"
        remedy = f"Set `{name}` to little more than the slowest answer; give slow paths a location of their own"
        promised = any((n := needs.of(pool.name)).objectives.latency_p99_ms or n.service_time_ms for pool in pools)
        if upgrades(route):
            # WebSockets need it, and often share a location with all else; a path without them does not.
            shared = shared_places(topology, "read_timeout") if shared is None else shared
            if location not in shared and not promised:
                continue
            severity: Severity = "warning" if promised and location in shared else "info"
            yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)
            continue
        severity = "warning" if wait >= LONG and everything(route) else "info"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


RULE = Rule(
    "long-read-timeout",
    "server-slow",
    "warning",
    "medium",
    Topology,
    check,
    __doc__,
    products=("nginx",),
    also=("servers-slow-all",),
)
