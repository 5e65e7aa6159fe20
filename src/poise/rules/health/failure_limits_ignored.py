"""Limits for failures on a server that has no substitute.

## What it finds
nginx's `max_fails` or `fail_timeout`, other than 0, on the only server of a pool.

## Why it hurts
nginx ignores both where a pool has a single server: it is asked whatever happened before. Who counts on a pause after failures gets none.

## Bad
```nginx
upstream web {
    server 127.0.0.1:3000 max_fails=3 fail_timeout=30s;
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
    server 127.0.0.1:3000;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High: the manual says so. `fail_timeout=0`, which older guides write for a local application, changes nothing and is silent, and so is a
name or a pool that a `resolver` fills, which may be several servers.

## See also
[nginx: server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server) · `single-server`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.nginx_ways import counted
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such parameter."""
    if len(pool.servers) != 1 or pool.discovered or pool.implicit:
        return
    server = pool.servers[0]
    written = [word for word in ("max_fails", "fail_timeout") if word in server.options]
    if not written or not counted(server) or is_name(server.address):
        return
    words = " and ".join(f"`{word}={server.options[word]}`" for word in written)
    message = f"{words} of {server.name} in {pool.name} {'has' if len(written) == 1 else 'have'} no effect: it is the only server"
    why = "nginx never takes the only server of a pool out: while it is down every request waits for it to fail"
    remedy = f"Remove the limits, or add a second server to {pool.name}"
    yield RULE.found(topology, server.places.get(written[0], server.location), message, why, remedy, pool=pool.name, server=server.name)


RULE = Rule(
    "failure-limits-ignored",
    None,
    "info",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents reliance on a pause that never comes",
)
