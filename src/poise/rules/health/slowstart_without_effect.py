"""A warm-up that never happens.

## What it finds
`slowstart` on servers of a pool whose algorithm is fixed at start (`static-rr`, a map-based hash), or on servers without a health check.

## Why it hurts
slowstart raises the weight step by step when a server comes back. Fixed algorithms cannot, and an unchecked server never comes back: the
cold server gets its full share at once.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance static-rr
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check slowstart 60s
    server app2 10.0.0.2:8080 check slowstart 60s
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
    balance roundrobin
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check slowstart 60s
    server app2 10.0.0.2:8080 check slowstart 60s
```

## How sure
High: the manual says that static algorithms do not support slow start.

## See also
[HAProxy: slowstart](https://docs.haproxy.org/2.8/configuration.html#5.2-slowstart) · `hash-map-based`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import fixed, watched
from poise.rules.rule import Rule
from poise.rules.words import duration, listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    warming = [s for s in pool.servers if s.slow_start and s.role != "disabled"]
    name = pool.algorithm.name
    static = fixed(pool)
    idle = warming if static else [s for s in warming if not watched(s)]
    if not idle or idle[0].slow_start is None:
        return
    reason = f"`balance {name}` is fixed at start" if static else "they are not checked"
    message = f"`slowstart {duration(idle[0].slow_start)}` of {listing(s.name for s in idle)} in {pool.name} has no effect: {reason}"
    why = "a server that comes back cold gets its full share at once"
    remedy = "Use `balance roundrobin` or `hash-type consistent`" if static else "Add `check` to these servers"
    yield RULE.found(topology, idle[0].location, message, why, remedy, pool=pool.name, server=idle[0].name)


RULE = Rule(
    "slowstart-without-effect",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    because="it prevents a cold server from being flooded for a moment after it returns",
)
