"""Weights too small for the percentages that an agent or an operator sends.

## What it finds
Active servers with `agent-check` and a weight below 10, in a pool whose weights can change at run time. Without an agent, pools whose
servers are written with different weights that are all below 10, where they also have `slowstart`, or `poise.toml` declares their ratios:
information.

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
High for the arithmetic, measured on 2.6 and 2.8. An agent that never sends a percentage loses nothing. Without an agent
it counts for `set server … weight 50%` only, and for who wants to give a server a little more or less.

## See also
[HAProxy: weight](https://docs.haproxy.org/2.8/configuration.html#5.2-weight), which advises 10 to 100
"""

from collections.abc import Iterable, Mapping, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.pools import fixed, serving
from poise.rules.rule import Rule
from poise.rules.words import percent, slashed


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server; information where weights are coarse and not 1."""
    servers = serving(pool)
    coarse = [s for s in servers if s.agent_check and s.weight < 10]
    if fixed(pool):
        return
    if not coarse:
        if any(s.slow_start for s in servers) or isinstance(needs.of(pool.name).split, Mapping):
            yield from _by_hand(servers, pool, topology)
        return
    first = min(coarse, key=lambda s: s.weight)
    half = first.weight // 2
    message = f"{first.name} of {pool.name} has weight {first.weight}: an agent that answers 50 % sets it to {half}"
    drained = "it is drained, and the others get its whole share" if not half else f"it gets {percent(half / first.weight)} of its share"
    why = f"weights are whole numbers, rounded down: {drained}"
    remedy = f"Give the servers of {pool.name} weights between 10 and 100 in the same ratios"
    place = first.spots.weight or first.location
    severity: Severity = "info" if half else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


def _by_hand(servers: Sequence[Server], pool: Pool, topology: Topology) -> Iterable[Finding]:
    """Weights that somebody chose, so small that the next one is a leap."""
    weights = {s.weight for s in servers}
    if len(weights) < 2 or max(weights) >= 10 or not all(s.spots.weight for s in servers):
        return
    least = min(servers, key=lambda s: s.weight)
    written = slashed([s.weight for s in servers])
    message = f"the weights of {pool.name} ({written}) leave no room: the next above {least.weight} is {least.weight + 1}"
    half = f"`set server {pool.name}/{least.name} weight 50%` makes it {least.weight // 2}"
    why = f"weights are whole numbers, rounded down: {half}, and a little more or less for one server cannot be said"
    remedy = f"Give the servers of {pool.name} weights between 10 and 100 in the same ratios"
    place = least.spots.weight or least.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=least.name, severity="info")


RULE = Rule("coarse-weights", "uneven-weights", "warning", "high", Pool, check, __doc__)
