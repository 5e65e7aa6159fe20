"""A hash is described, and the algorithm is none.

## What it finds
`hash-type` in a pool's own section whose algorithm is not a hash (`roundrobin`, `leastconn` …, or none written).

## Why it hurts
`hash-type` only says how a hash is mapped to servers; `balance` says what is hashed. Without it requests go round: no client sticks, and
no cache finds its objects again.

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
    balance roundrobin
    hash-type consistent
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
    option httpchk GET /healthz
    balance uri
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: `hash-type` changes nothing for these algorithms. Inherited from `defaults` it is silent.

## See also
[HAProxy: hash-type](https://docs.haproxy.org/2.8/configuration.html#4.2-hash-type) · `balance-factor-ignored`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import HASHES, own
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `hash-type` line."""
    place = pool.places.get("hash-type")
    name = pool.algorithm.name
    if place is None or not own(pool, place) or name in (*HASHES, "random", "sticky") or len(pool.servers) < 2:
        return
    message = f"`hash-type {pool.options['hash-type']}` of {pool.name} has no effect: `balance {name}` hashes nothing"
    why = "clients and cached objects move from server to server with every request"
    remedy = f"Say what to hash, such as `balance source` or `balance uri`, or take `hash-type` out of {pool.name}"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule(
    "hash-settings-ignored", None, "warning", "high", Pool, check, __doc__, because="it keeps clients on their server; traffic stays even"
)
