"""Several backups stand ready and only the first will be used.

## What it finds
Pools with two or more active servers and two or more backups, without `option allbackups`.

## Why it hurts
When all active servers are down HAProxy sends everything to the first backup alone (measured: 100 %); the others wait until that one dies
too, which is what the load of a whole pool on one server tends to bring about.

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
    server spare1 10.0.1.1:8080 check backup
    server spare2 10.0.1.2:8080 check backup
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
    option allbackups
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server spare1 10.0.1.1:8080 check backup
    server spare2 10.0.1.2:8080 check backup
```

## How sure
High. A chain of spares behind one active server is a common design for stateful services and stays silent.

## See also
[HAProxy: option allbackups](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20allbackups)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import count


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its second backup."""
    active = [s for s in pool.servers if s.role == "active"]
    backups = [s for s in pool.servers if s.backup and s.role != "disabled"]
    if pool.all_backups or len(backups) < 2 or len(active) < 2:
        return
    message = f"only {backups[0].name} of {pool.name}'s {len(backups)} backups will be used: `option allbackups` is missing"
    why = f"if the {count(len(active), 'active server')} fail, {backups[0].name} gets all that {len(active)} servers carried"
    remedy = f"Add `option allbackups` to {pool.name}"
    yield RULE.found(topology, backups[1].location, message, why, remedy, pool=pool.name, server=backups[0].name)


RULE = Rule("backups-without-allbackups", "traffic-pinned", "error", "high", Pool, check, __doc__)
