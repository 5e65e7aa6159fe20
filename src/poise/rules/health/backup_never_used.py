"""Backups stand ready and can never take over.

## What it finds
Pools with backups where no active server has `check`, `track` or `agent-check`.

## Why it hurts
An unchecked server is always UP. HAProxy uses backups only when every active server is down, so the backups wait for ever while all
requests fail.

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
    server spare 10.0.1.1:8080 check backup
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
    server spare 10.0.1.1:8080 check backup
```

## How sure
High: nothing but a check or an operator takes a server out.

## See also
[HAProxy: backup](https://docs.haproxy.org/2.8/configuration.html#5.2-backup) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving, watched
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first unchecked active server."""
    active = serving(pool)
    spare = next((s for s in pool.servers if s.role == "backup"), None)
    if spare is None or not active or any(watched(s) for s in active):
        return
    names = listing(s.name for s in active)
    message = f"{spare.name} of {pool.name} is a backup that is never used: {names} {'is' if len(active) == 1 else 'are'} not checked"
    why = f"a dead {active[0].name} counts as UP: requests fail while {spare.name} stands idle"
    remedy = f"Add `check` to {names}"
    yield RULE.found(topology, active[0].location, message, why, remedy, pool=pool.name, server=active[0].name)


RULE = Rule("backup-never-used", "server-down", "error", "high", Pool, check, __doc__)
