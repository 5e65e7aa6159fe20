"""The pool says how to check its servers, and no server is checked.

## What it finds
Pools with `option httpchk` where no server has `check`, `track` or `agent-check`.

## Why it hurts
`option httpchk` only says how; `check` on the server says that. Without it no check ever runs, and a dead server keeps its share of the
requests.

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
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High. It is silent where `option httpchk` comes from `defaults` and the pool has a single server.

## See also
[HAProxy: option httpchk](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20httpchk) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import own, watched
from poise.rules.rule import Rule
from poise.rules.words import count


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `option httpchk` line, or its first server where that is inherited."""
    servers = [s for s in pool.servers if s.role != "disabled"]
    if not pool.http_check or not servers or any(watched(s) or s.backup for s in servers):
        return
    written_here = own(pool, pool.http_check_location)
    if len(servers) == 1 and not written_here:
        return
    message = f"`option httpchk` of {pool.name} is never used: none of its {count(len(servers), 'server')} has `check`"
    why = "no check runs: a dead server stays UP and keeps its share of the requests"
    remedy = f"Add `check` to the servers of {pool.name}, or `default-server check` before them"
    place = (pool.http_check_location if written_here else None) or servers[0].location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("httpchk-without-check", "server-unchecked", "error", "high", Pool, check, __doc__, also=("server-down",))
