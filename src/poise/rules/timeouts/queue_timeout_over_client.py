"""Requests wait in the queue longer than their clients do.

## What it finds
Pools whose `timeout queue` is longer than the shortest `timeout client` of the listeners that send to them.

## Why it hurts
Under overload the queue fills with requests whose clients have given up. Servers work through them first, and those who still wait get
nothing.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout queue 2m
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 100
    server app2 10.0.0.2:8080 check maxconn 100
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 100
    server app2 10.0.0.2:8080 check maxconn 100
```

## How sure
Medium: `timeout client` stands for the clients' patience, which HAProxy does not know.

## See also
[HAProxy: timeout queue](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20queue)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.words import duration


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    queue = pool.timeouts.queue
    patience = [x.timeouts.client for x, _ in topology.routes_to(pool.name) if x.timeouts.client] if queue else []
    if queue is None or not patience or queue <= min(patience):
        return
    message = f"requests for {pool.name} may queue for {duration(queue)}, while `timeout client` is {duration(min(patience))}"
    why = "in an overload the servers work for clients that are gone, and live ones wait behind them"
    remedy = f"Set `timeout queue` of {pool.name} to a few seconds, below what clients wait"
    yield RULE.found(topology, place_of(pool, "timeout queue"), message, why, remedy, pool=pool.name)


RULE = Rule(
    "queue-timeout-over-client", None, "warning", "medium", Pool, check, __doc__, because="it prevents work for clients that have gone"
)
