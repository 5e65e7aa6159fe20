"""Clients pinned to a dead server are not sent elsewhere.

## What it finds
Pools with a cookie or stick table and two or more servers, without `option redispatch`. A warning where a dead server is noticed late or
never (more than 10 s), information otherwise.

## Why it hurts
When a server dies, its clients' requests are retried on that same server until the health check takes it out: its whole share fails for
seconds.

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
    default-server inter 5s fall 3
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```

## How sure
High. If a session must never move, because its state is on one server only, accept the finding.

## See also
[HAProxy: option redispatch](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20redispatch)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that pins clients."""
    if not pool.persistence or pool.redispatch or sum(s.role != "disabled" for s in pool.servers) < 2:
        return
    # HAProxy's own example configuration relies on its quick default checks (2 s × 3) instead.
    late = any(s.check is None or s.check.interval * s.check.fall > timedelta(seconds=10) for s in pool.servers if s.role == "active")
    message = f"{pool.name} pins clients to servers (`{pool.persistence}`) and has no `option redispatch`"
    why = "when a server dies, its clients get errors until its health check fails, although other servers are up"
    remedy = f"Add `option redispatch` to {pool.name}"
    place = pool.persistence_location or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="warning" if late else "info")


RULE = Rule("no-redispatch", "server-down", "warning", "high", Pool, check, __doc__)
