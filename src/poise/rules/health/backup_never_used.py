"""Backups stand ready and can never take over.

## What it finds
Pools with backups where no active server has `check`, `track` or `agent-check`. A warning where all of them have `resolvers`: a server
whose name DNS no longer knows is taken out, a dead one is not.

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
High: nothing but a check, an operator or a name that no longer resolves takes a server out.

## See also
[HAProxy: backup](https://docs.haproxy.org/2.8/configuration.html#5.2-backup) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
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
    severity: Severity = "error"
    if all(s.resolvers for s in active):
        # A name that DNS no longer knows puts its server into maintenance.
        message = f"{spare.name} of {pool.name} takes over only when DNS has no address for {names}, whatever becomes of the "
        message += "server: it is not checked" if len(active) == 1 else "servers: they are not checked"
        why = f"a dead {active[0].name} whose name still resolves counts as UP: requests fail while {spare.name} stands idle"
        severity = "warning"
    remedy = f"Add `check` to {names}"
    yield RULE.found(topology, active[0].location, message, why, remedy, pool=pool.name, server=active[0].name, severity=severity)


RULE = Rule("backup-never-used", "server-down", "error", "high", Pool, check, __doc__, also=("server-unchecked",))
