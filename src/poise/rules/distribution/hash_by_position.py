"""Clients are mapped to places in the list, so inserting a server moves most of them.

## What it finds
`hash-type consistent` in pools of three or more servers without `id` (or, from 3.0 on, `hash-key addr`, `addr-port` or `guid`), where
`poise.toml` says `sticky = true` or `load_balancers` of 2 or more.

## Why it hurts
The points of a server on the ring come from its number in the list. A line inserted or deleted in the middle renumbers all below it:
measured, 53 % of the clients whose server was still there moved. Load balancers whose lists differ disagree the same way.

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
    option redispatch
    balance source
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```toml
[pool.web]
sticky = true
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
    option redispatch
    balance source
    hash-type consistent
    server app1 10.0.0.1:8080 check id 11
    server app2 10.0.0.2:8080 check id 12
    server app3 10.0.0.3:8080 check id 13
```
```toml
[pool.web]
sticky = true
```

## How sure
High for the mapping; it hurts only when the list is edited anywhere but at its end, so it is information.

## See also
[HAProxy: id](https://docs.haproxy.org/2.8/configuration.html#5.2-id) · `hash-map-based`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import HASHES, serving
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first server without a number."""
    wants = needs.of(pool.name)
    hashed = pool.algorithm.name in HASHES and pool.algorithm.hash_method == "consistent"
    if not hashed or len(serving(pool)) < 3 or not (wants.sticky or (wants.load_balancers or 1) > 1):
        return
    loose = [s for s in serving(pool) if s.server_id is None and s.options.get("hash-key", "id") in ("id", "id32") and not s.template]
    if not loose:
        return
    message = (
        f"{pool.name} hashes clients to places in the list: {listing(s.name for s in loose)} {'has' if len(loose) == 1 else 'have'} no `id`"
    )
    why = "a server inserted above them, or a list that differs on another load balancer, moves about half of the clients"
    remedy = "Give every server its own `id`, and never use one again; from HAProxy 3.0 on `hash-key addr-port` does it"
    yield RULE.found(topology, loose[0].location, message, why, remedy, pool=pool.name, server=loose[0].name)


RULE = Rule(
    "hash-by-position", None, "info", "medium", Pool, check, __doc__, because="it keeps clients on their server when the list is edited"
)
