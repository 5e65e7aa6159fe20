"""A failed attempt is not repeated on another server.

## What it finds
nginx's `proxy_next_upstream off`, or one without `error`, or `proxy_next_upstream_tries 1`, in a pool of two or more servers; for `stream`
`proxy_next_upstream off`. Silent where `poise.toml` says `idempotent = false`.

## Why it hurts
By default nginx asks the next server when one refuses the connection or is silent, and the client notices nothing. Without it every
request that meets a dead server fails, one in n of them, until the server is banned, and again each time the ban ends.

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
        proxy_next_upstream off;
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
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries 2;
    }
}
```

## How sure
High for the configuration. It is not needed to protect POST: nginx repeats those only where nothing was sent yet.

## See also
[nginx: proxy_next_upstream](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream) · `bad-answers-ban-servers`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import alive, attempts, conditions, next_upstream_name, only, place, setting, wrong_places
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where it is switched off."""

    def alone(pool: Pool, route: Route) -> bool:
        if len(alive(pool)) < 2 or needs.of(pool.name).idempotent is False:
            return False
        words = conditions(route)
        return attempts(route, pool) < 2 or "off" in words or not {"error", "on"} & set(words)

    for location, route, pools in wrong_places(topology, "next_upstream", alone):
        name = next_upstream_name(route)
        by_tries = attempts(route, pools[0]) < 2
        written = f"{name}_tries {setting(route, 'next_upstream_tries')}" if by_tries else f"{name} {setting(route, 'next_upstream')}"
        message = f"`{written}`: a request that meets a dead server of {listing(p.name for p in pools)} fails"
        why = f"one request in {len(alive(pools[0]))} gets 502 while a server is down, although others would answer it"
        remedy = f"Write `{name} error timeout;` with `{name}_tries 2;`"
        where = place(route, "next_upstream_tries") if by_tries else location
        yield RULE.found(topology, where, message, why, remedy, pool=only(pools))


RULE = Rule("no-failover", "server-down", "warning", "high", Topology, check, __doc__, products=("nginx",))
