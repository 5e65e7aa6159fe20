"""Only some servers of a pool can shed load through their agent.

## What it finds
Pools where at least one active server has `agent-check` and at least one has not.

## Why it hurts
When all servers get busy, those with an agent lower their weight and the others take what they shed: the pool tips over to the servers
that cannot say no.

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
    server app1 10.0.0.1:8080 check weight 100 agent-check agent-port 9999
    server app2 10.0.0.2:8080 check weight 100 agent-check agent-port 9999
    server app3 10.0.0.3:8080 check weight 100
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
    server app3 10.0.0.3:8080
```

## How sure
Medium: a server of another kind may have no agent on purpose.

## See also
[HAProxy: agent-check](https://docs.haproxy.org/2.8/configuration.html#5.2-agent-check) · `agent-weight-ignored`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import listing, others


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first active server without an agent."""
    active = serving(pool)
    without = [s for s in active if not s.agent_check]
    if not without or len(without) == len(active):
        return
    names = listing(s.name for s in without)
    message = (
        f"{names} of {pool.name} {'has' if len(without) == 1 else 'have'} no `agent-check`, {others(len(active) - len(without), 'have')}"
    )
    why = f"under load the others lower their weights, and {names} get{'s' if len(without) == 1 else ''} what they shed"
    remedy = f"Add `agent-check agent-port PORT` to {names}, or take it from all"
    yield RULE.found(topology, without[0].location, message, why, remedy, pool=pool.name, server=without[0].name)


RULE = Rule("agent-partial", "uneven-weights", "warning", "medium", Pool, check, __doc__)
