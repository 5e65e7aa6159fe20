"""A server is asked for its load, but never whether it lives.

## What it finds
Servers with `agent-check` and without `check` or `track`.

## Why it hurts
An agent that cannot be reached changes nothing: HAProxy leaves the connectivity to the health check. When the machine dies its agent falls
silent, the server stays UP and keeps its share.

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
    server app1 10.0.0.1:8080 weight 100 agent-check agent-port 9999
    server app2 10.0.0.2:8080 weight 100 agent-check agent-port 9999
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
    server app1 10.0.0.1:8080 weight 100 check agent-check agent-port 9999
    server app2 10.0.0.2:8080 weight 100 check agent-check agent-port 9999
```

## How sure
High: the manual says that a failed connection to the agent is no error.

## See also
[HAProxy: agent-check](https://docs.haproxy.org/2.8/configuration.html#5.2-agent-check) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    blind = [s for s in pool.servers if s.agent_check and s.check is None and s.track is None and s.role != "disabled"]
    if not blind:
        return
    names = listing(s.name for s in blind)
    message = f"{names} of {pool.name} {'has' if len(blind) == 1 else 'have'} `agent-check` and no `check`"
    why = "a silent agent is no failure: a dead server stays UP and keeps its share of the requests"
    remedy = f"Add `check` to {names}; the agent then only tunes the weight"
    place = blind[0].places.get("agent-check", blind[0].location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=blind[0].name)


RULE = Rule("agent-without-check", "server-down", "error", "high", Pool, check, __doc__, also=("server-unchecked",))
