"""A dead server keeps its share of the attempts.

## What it finds
nginx's `max_fails=0` or `fail_timeout=0` on servers of a pool of two or more, without active checks (`health_check` of nginx Plus).

## Why it hurts
Nothing else takes a server out in nginx: with `max_fails=0` a dead one is tried again with every request that falls to it. Each waits for
the refusal, or for `proxy_connect_timeout` (60 s by default) where the machine is gone, before the next server is asked.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=0;
    server 10.0.0.2:8080 max_fails=0;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=3 fail_timeout=10s;
    server 10.0.0.2:8080 max_fails=3 fail_timeout=10s;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High for nginx itself. Where the address is another load balancer that is never wholly down, it may be meant: accept the finding.

## See also
[nginx: max_fails](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails) · `bad-answers-ban-servers`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import alive, counted, routes
from poise.rules.rule import Rule
from poise.rules.words import listing, percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    servers = alive(pool)
    blind = [s for s in servers if not counted(s)]
    if len(servers) < 2 or not blind or any("health_check" in route.options for route in routes(pool, topology)):
        return
    first = blind[0]
    word = "max_fails" if first.max_fails == 0 else "fail_timeout"
    active = [s for s in servers if s.role == "active"]
    share = first.weight / sum(s.weight for s in active) if first in active else 0.0
    message = f"`{word}=0` of {listing(s.name for s in blind)} in {pool.name}: a dead server is never taken out"
    why = f"when {first.name} is down, {percent(share)} of the requests try it first, each time, and wait for it to fail"
    remedy = f"Remove `{word}=0`, or write `max_fails=3 fail_timeout=10s`"
    place = first.places.get(word, first.location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name)


RULE = Rule("failures-not-counted", "server-down", "warning", "high", Pool, check, __doc__, products=("nginx",), also=("server-unchecked",))
