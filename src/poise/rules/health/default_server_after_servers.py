"""Defaults for servers that stand below the servers.

## What it finds
A `default-server` line behind one or more `server` lines of the same section.

## Why it hurts
HAProxy applies `default-server` to the lines below it only. The `check`, `maxconn` or `weight` it sets is missing from the servers above,
silently.

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
    default-server inter 1s fall 2
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
    default-server inter 1s fall 2
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High. Two `default-server` lines, each with its servers below, are an ordinary way to write groups: only the first is looked at.

## See also
[HAProxy: default-server](https://docs.haproxy.org/2.8/configuration.html#4.2-default-server)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that comes too late."""
    late = next(iter(pool.default_server_locations), None)
    if late is None:
        return
    missed = [s.name for s in pool.servers if s.location.file == late.file and s.location.line < late.line]
    if not missed:
        return
    message = f"`default-server` of {pool.name} stands below {listing(missed)} and does not apply to {'it' if len(missed) == 1 else 'them'}"
    why = "what it sets (checks, limits, weights) is missing from these servers: they get traffic under other rules than the line says"
    remedy = f"Move the `default-server` line above the first server of {pool.name}"
    yield RULE.found(topology, late, message, why, remedy, pool=pool.name)


RULE = Rule(
    "default-server-after-servers", None, "warning", "high", Pool, check, __doc__, because="what is lost with the line decides the harm"
)
