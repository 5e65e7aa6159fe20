"""Weights too small for the percentages that an agent sends.

## What it finds
Active servers with `agent-check` and a weight below 10, in a pool whose weights can change at run time.

## Why it hurts
The new weight is weight × percent ÷ 100, rounded down. With the default weight of 1 every answer below 100 % is 0: measured, a server of
weight 1 that asks for 50 % is drained, one of weight 100 gets 50.

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
    default-server check agent-check agent-port 9999
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
    default-server check weight 100 agent-check agent-port 9999
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```

## How sure
High for the arithmetic, measured on 2.6 and 2.8. An agent that never sends a percentage loses nothing.

## See also
[HAProxy: weight](https://docs.haproxy.org/2.8/configuration.html#5.2-weight), which advises 10 to 100
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import fixed, serving
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server; information where weights are coarse and not 1."""
    coarse = [s for s in serving(pool) if s.agent_check and s.weight < 10]
    if not coarse or fixed(pool):
        return
    first = min(coarse, key=lambda s: s.weight)
    half = first.weight // 2
    message = f"{first.name} of {pool.name} has weight {first.weight}: an agent that answers 50 % sets it to {half}"
    drained = "it is drained, and the others get its whole share" if not half else f"it gets {percent(half / first.weight)} of its share"
    why = f"weights are whole numbers, rounded down: {drained}"
    remedy = f"Give the servers of {pool.name} weights between 10 and 100 in the same ratios"
    place = first.weight_location or first.location
    severity: Severity = "info" if half else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


RULE = Rule("coarse-weights", "uneven-weights", "warning", "high", Pool, check, __doc__)
