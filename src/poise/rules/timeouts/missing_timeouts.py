"""Connections may stay open for ever.

## What it finds
Frontends without `timeout client`, pools with servers without `timeout connect` or `timeout server`. One finding per section.

## Why it hurts
Without a timeout a client or server that went away without a word holds its slot until the process ends. Slots run out slowly, then all
at once.

## Bad
```haproxy
defaults
    mode http
    timeout client 30s
listen web
    bind :8080
    option httpchk GET /healthz
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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: HAProxy itself warns at start-up, and runs.

## See also
[HAProxy: timeout client](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20client) · [timeout
server](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20server)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per section, a listen section being one."""
    missing: dict[tuple[str, str, int], tuple[Location, list[str], str | None]] = {}
    for listener in topology.listeners:
        if listener.timeouts.client is None and listener.binds:
            place = listener.location
            missing[place.file, listener.name, place.line] = (place, ["timeout client"], None)
    for pool in topology.pools:
        names = [f"timeout {n}" for n in ("connect", "server") if getattr(pool.timeouts, n) is None]
        if names and pool.servers:
            place = pool.location
            before = missing.setdefault((place.file, pool.name, place.line), (place, [], pool.name))[1]
            missing[place.file, pool.name, place.line] = (place, before + names, pool.name)
    for (__, name, ___), (place, names, in_pool) in missing.items():
        message = f"{name} has no {listing(names)}: waits without end"
        why = "a peer that vanishes holds its connection for ever: slots fill until new clients are refused"
        remedy = (
            "Set `timeout connect 5s`, `timeout client 30s` and `timeout server 30s` in `defaults`, then longer ones where they are needed"
        )
        yield RULE.found(topology, place, message, why, remedy, pool=in_pool)


RULE = Rule(
    "missing-timeouts",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    because="it prevents connections that pile up until a limit is met elsewhere",
)
