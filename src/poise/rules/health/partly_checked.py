"""Some servers of a pool are checked and others are not.

## What it finds
Pools where at least one server has `check`, `track` or `agent-check` and at least one has none of them.

## Why it hurts
When a checked server dies, its share moves on; when an unchecked one dies, its share fails. Mostly it is a line that was added later.

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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080
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
    server app3 10.0.0.3:8080 track web/app2
```

## How sure
High. A backup without a check, such as a local page that says sorry, stays silent.

## See also
[HAProxy: check](https://docs.haproxy.org/2.8/configuration.html#5.2-check) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import watched
from poise.rules.rule import Rule
from poise.rules.words import listing, percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first unchecked active server."""
    servers = [s for s in pool.servers if s.role != "disabled"]
    active = [s for s in servers if not s.backup]
    blind = [s for s in active if not watched(s)]
    if not blind or not any(watched(s) for s in servers) or (len(blind) == len(active) and any(s.backup for s in servers)):
        return
    total = sum(s.weight for s in active)
    share = sum(s.weight for s in blind) / total if total else 0.0
    message = f"{listing(s.name for s in blind)} of {pool.name} {'is' if len(blind) == 1 else 'are'} not checked, the others are"
    why = f"if {blind[0].name} dies it stays in rotation: up to {percent(share)} of {pool.name}'s requests fail or wait for a retry"
    remedy = f"Add `check` to {listing(s.name for s in blind)}, or `default-server check` before the servers"
    yield RULE.found(topology, blind[0].location, message, why, remedy, pool=pool.name, server=blind[0].name)


RULE = Rule("partly-checked", "server-down", "error", "high", Pool, check, __doc__)
