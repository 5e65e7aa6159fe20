"""`balance first` without maxconn never leaves the first server.

## What it finds
`balance first` in a pool where a server other than the last has no `maxconn`.

## Why it hurts
The algorithm fills one server up to its maxconn before it uses the next. Without a maxconn the first server is never full: it gets 100 %.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance first
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
    balance first
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 50
    server app2 10.0.0.2:8080 check maxconn 50
```

## How sure
High: measured, and the manual says it makes no sense otherwise.

## See also
[HAProxy: balance first](https://docs.haproxy.org/2.8/configuration.html#4.2-balance) · `odd-maxconn`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first server that is never full, or at the algorithm."""
    active = [s for s in pool.servers if s.role == "active"]
    endless = next((s for s in active[:-1] if not s.maxconn), None)
    if pool.algorithm.name != "first" or endless is None:
        return
    message = f"{endless.name} of {pool.name} has no maxconn, so `balance first` never goes on to the servers behind it"
    why = f"{endless.name} gets everything that reaches it, up to 100 % of {pool.name}'s requests, until it fails"
    remedy = f"Give every server of {pool.name} the `maxconn` it can serve at once, or use `balance roundrobin`"
    # Where no server has one it is the algorithm that was chosen without thought, else that server was forgotten.
    place = endless.location if any(s.maxconn for s in active) else pool.algorithm.location or endless.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=endless.name)


RULE = Rule("first-without-maxconn", "traffic-pinned", "error", "high", Pool, check, __doc__)
