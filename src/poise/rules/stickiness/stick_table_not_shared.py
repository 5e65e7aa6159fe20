"""What keeps clients on their server is known to one load balancer only, and forgotten when it reloads.

## What it finds
Pools that stick by a table without `peers`, where `poise.toml` says `sticky = true` (a warning) or `load_balancers` of 2 or more (an
error).

## Why it hurts
A reload starts with an empty table, and another load balancer has a table of its own. Every client is dealt anew, and its session is on
another server.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    stick-table type ip size 200k expire 30m
    option redispatch
    stick on src
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
sticky = true
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
peers lbs
    peer lb1 10.0.0.11:1024
    peer lb2 10.0.0.12:1024
listen web
    bind :8080
    option httpchk GET /healthz
    stick-table type ip size 200k expire 30m peers lbs
    option redispatch
    stick on src
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
sticky = true
```

## How sure
High: the manual and HAProxy's own guide say that only peers carry a table over a reload. A `peers` section with the local peer alone is
enough for one load balancer.

## See also
[HAProxy: preserve stick table data](https://www.haproxy.com/blog/preserve-stick-table-data-when-reloading-haproxy) · `sticky-unbound`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.stickiness.table import table_of


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its table."""
    wants = needs.of(pool.name)
    several = (wants.load_balancers or 1) > 1
    if not (pool.persistence or "").startswith("stick ") or len(serving(pool)) < 2:
        return
    if not wants.sticky and (not several or wants.sticky is False):
        return
    table = table_of(pool, topology)
    if table is None or "peers" in table.options.get("stick-table", "").split():
        return
    message = f"{pool.name} keeps clients on their server by a stick table that no `peers` share"
    others = f"each of {wants.load_balancers} load balancers sends the client elsewhere, and " if several else ""
    why = f"{others}a reload forgets every client: their sessions are lost"
    remedy = "Declare a `peers` section with every load balancer and add `peers NAME` to the table; or use a cookie"
    place = table.places.get("stick-table", pool.location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if several else "warning")


RULE = Rule("stick-table-not-shared", None, "warning", "high", Pool, check, __doc__, because="it keeps sessions on their server")
