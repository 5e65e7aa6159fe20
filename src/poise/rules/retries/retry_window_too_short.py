"""The time for a second attempt is over before the first one fails.

## What it finds
nginx's `proxy_next_upstream_timeout` (stream: the same) that is not longer than `proxy_connect_timeout`, both written, in a pool of two or
more servers.

## Why it hurts
nginx asks the next server only while the window is open. A server that drops packets, as a machine that lost its power does, fails after
the connect timeout: by then the window is closed, and the client gets 504 although another server stands ready.

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
        proxy_connect_timeout 10s;
        proxy_next_upstream_timeout 5s;
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
        proxy_connect_timeout 2s;
        proxy_next_upstream_timeout 5s;
    }
}
```

## How sure
High: arithmetic. A refused connection fails at once and is still repeated.

## See also
[nginx: proxy_next_upstream_timeout](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_timeout) ·
`long-connect-timeout`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import alive, attempts, family, only, setting, span, wrong_places
from poise.rules.rule import Rule
from poise.rules.words import duration, listing


def _too_short(pool: Pool, route: Route) -> bool:
    window, connect = span(setting(route, "next_upstream_timeout")), span(setting(route, "connect_timeout"))
    return bool(window and connect and window <= connect) and len(alive(pool)) > 1 and attempts(route, pool) > 1


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where the window is written."""
    for location, route, pools in wrong_places(topology, "next_upstream_timeout", _too_short):
        window, connect = span(setting(route, "next_upstream_timeout")), span(setting(route, "connect_timeout"))
        if window is None or connect is None:
            continue
        name = family(route)
        message = (
            f"`{name}_next_upstream_timeout` of {duration(window)} is over before {name}_connect_timeout ({duration(connect)}) "
            f"tells that a server of {listing(p.name for p in pools)} is gone"
        )
        why = "a server that drops packets is never replaced: its share of the requests gets 504"
        remedy = f"Lower {name}_connect_timeout to a second or two, or raise {name}_next_upstream_timeout above it"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools))


RULE = Rule("retry-window-too-short", "server-down", "warning", "high", Topology, check, __doc__, products=("nginx",))
