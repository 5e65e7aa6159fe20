"""A single lost check packet takes a server out of rotation.

## What it finds
Servers with `fall 1` that are checked more often than once a second.

## Why it hurts
One dropped packet or one garbage collection counts as a death: servers leave and come back, their share jumps to the others, and under
load they follow.

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
    server app1 10.0.0.1:8080 check inter 200ms fall 1
    server app2 10.0.0.2:8080 check inter 200ms fall 1
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
    server app1 10.0.0.1:8080 check inter 200ms fall 3
    server app2 10.0.0.2:8080 check inter 200ms fall 3
```

## How sure
Medium: on a quiet local network it may never matter.

## See also
[HAProxy: fall](https://docs.haproxy.org/2.8/configuration.html#5.2-fall) · `slow-check`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import duration, listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    nervous = [s for s in pool.servers if s.check and s.check.fall == 1 and s.check.interval < timedelta(seconds=1)]
    if not nervous or nervous[0].check is None:
        return
    first = nervous[0].check
    message = f"{listing(s.name for s in nervous)} of {pool.name}: one failed check, {duration(first.interval)} apart, takes a server out"
    why = "servers flap: each time the others carry the share of the one that left"
    remedy = "Set `fall 3`; at this interval that still notices a death in less than 3 s"
    yield RULE.found(topology, first.location or nervous[0].location, message, why, remedy, pool=pool.name, server=nervous[0].name)


RULE = Rule("nervous-check", "server-down", "warning", "medium", Pool, check, __doc__)
