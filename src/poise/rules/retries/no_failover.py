"""A failed attempt is not repeated on another server.

## What it finds
nginx's `proxy_next_upstream off`, or one without `error`, or `proxy_next_upstream_tries 1`, in a pool of two or more servers; for `stream`
`proxy_next_upstream off`. Information where it is written for one path alone, as for a payment. Silent
where `poise.toml` says `idempotent = false`. HAProxy's `retries 0` in such a pool.

## Why it hurts
By default nginx asks the next server when one refuses the connection or is silent, and the client notices nothing. Without it every
request that meets a dead server fails, one in n of them, until the server is banned, and again each time the ban ends.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    retries 0
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
        proxy_next_upstream off;
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
    retries 2
    option redispatch
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
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries 2;
    }
}
```

## How sure
High for the configuration. It is not needed to protect POST: nginx repeats those only where nothing was sent yet.

## See also
[nginx: proxy_next_upstream](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream) · `bad-answers-ban-servers` ·
[HAProxy: retries](https://docs.haproxy.org/2.8/configuration.html#4.2-retries) · `no-redispatch`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import (
    alive,
    attempts,
    conditions,
    everything,
    family,
    next_upstream_name,
    setting,
    shared_places,
    wrong_places,
)
from poise.rules.places import only
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where it is switched off."""
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return

    def concerned(pool: Pool) -> bool:
        return len(alive(pool)) > 1 and needs.of(pool.name).idempotent is not False

    def once(pool: Pool, route: Route) -> bool:
        return concerned(pool) and attempts(route, pool) < 2

    def off(pool: Pool, route: Route) -> bool:
        words = conditions(route)
        return concerned(pool) and attempts(route, pool) > 1 and ("off" in words or not {"error", "on"} & set(words))

    for setting_name, wrong in (("next_upstream_tries", once), ("next_upstream", off)):
        found = tuple(wrong_places(topology, setting_name, wrong, written=(setting_name,)))
        # Off for one path is mostly meant: a payment that must not be made twice.
        shared = shared_places(topology, setting_name) if found else frozenset()
        for location, route, pools in found:
            name = next_upstream_name(route)
            written = f"{family(route)}_{setting_name} {setting(route, setting_name)}"
            message = f"`{written}`: a request that meets a dead server of {listing(p.name for p in pools)} fails"
            why = f"one request in {len(alive(pools[0]))} gets 502 while a server is down, although others would answer it"
            remedy = f"Write `{name} error timeout;` with `{name}_tries 2;`"
            severity: Severity = "warning" if everything(route) or location in shared else "info"
            yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


def _haproxy(topology: Topology) -> Iterable[Finding]:
    """One finding per place. Measured on 2.6 and 2.8: the share of a server that refuses gets 503 at once."""
    seen: set[Location] = set()
    for pool in topology.pools:
        place = place_of(pool, "retries")
        if pool.retries > 0 or len(in_use(pool)) < 2 or place in seen:
            continue
        seen.add(place)
        message = f"{pool.name} does not try again when a connection fails (`retries {pool.options.get('retries', 0)}`)"
        why = "while a server restarts, and until its check takes it out, its share of the requests gets 503"
        remedy = "Set `retries 2` and `option redispatch`: a retry after a refused connection cannot run a request twice"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule(
    "no-failover",
    "server-down",
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    also=("restart-without-drain",),
)
