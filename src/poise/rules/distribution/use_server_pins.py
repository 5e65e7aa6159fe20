"""A rule sends every request to one server, past the balancing.

## What it finds
`use-server` with a condition that always holds (`if TRUE`, `unless FALSE`, `{ path_beg / }`, an acl of such) in a pool of two or more
servers.

## Why it hurts
`use-server` outranks `balance`: while that server is up it gets 100 % of the requests, whatever the weights say. Mostly it is left over
from a test.

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
    use-server app1 if TRUE
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    use-server app1 if { path_beg /reports }
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High for the constant conditions of HAProxy's language; a condition that only happens to be always true is not seen.

## See also
[HAProxy: use-server](https://docs.haproxy.org/2.8/configuration.html#4.2-use-server) · `uneven-weights`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.conditions import always
from poise.rules.pools import place_of
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the `use-server` line."""
    at = next((n for n, (_, condition) in enumerate(pool.use_server) if always(condition, pool.options)), None)
    if at is None or sum(s.role == "active" for s in pool.servers) < 2:
        return
    pinned = pool.use_server[at][0]
    place = place_of(pool, f"use-server.{at}", "use-server")
    message = f"{pinned} gets 100 % of {pool.name}'s requests: `use-server {pinned}` holds for every request"
    why = "`use-server` outranks the balancing: the other servers stand idle while this one is up"
    remedy = f"Remove the `use-server` line of {pool.name}, or give it a condition"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=pinned)


RULE = Rule("use-server-pins", "traffic-pinned", "error", "high", Pool, check, __doc__)
