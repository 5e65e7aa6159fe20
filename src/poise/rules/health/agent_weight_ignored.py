"""An agent tells a weight that the algorithm cannot follow.

## What it finds
`agent-check` in a pool whose algorithm is fixed at start: `static-rr`, `first` or a map-based hash.

## Why it hurts
The agent answers with a weight, and HAProxy keeps the map that it made at start: a server that asks for less goes on getting its full
share. Only `up`, `down`, `drain` and 0 % work.

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
    balance static-rr
    default-server check weight 100 agent-check agent-port 9999
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
    balance roundrobin
    default-server check weight 100 agent-check agent-port 9999
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```

## How sure
Medium: an agent that only answers up, down or drain loses nothing. HAProxy's control socket says so of weights: static algorithms accept
only 0 % and 100 %.

## See also
[HAProxy: agent-check](https://docs.haproxy.org/2.8/configuration.html#5.2-agent-check) · `slowstart-without-effect`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import HASHES, fixed, in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the algorithm's line."""
    agents = [s for s in in_use(pool) if s.agent_check]
    if not agents or not fixed(pool) or len(in_use(pool)) < 2:
        return
    name = pool.algorithm.name
    message = f"the weights that the agents of {pool.name} send are ignored: `balance {name}` is fixed at start"
    why = "a busy server that asks for less goes on getting its full share"
    other = "`hash-type consistent`" if name in HASHES else "`balance roundrobin` or leastconn"
    remedy = f"Use {other} in {pool.name}"
    yield RULE.found(topology, pool.algorithm.location or agents[0].location, message, why, remedy, pool=pool.name)


RULE = Rule("agent-weight-ignored", "uneven-weights", "warning", "medium", Pool, check, __doc__)
