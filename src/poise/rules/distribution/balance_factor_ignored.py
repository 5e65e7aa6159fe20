"""A limit on hot keys that has no effect.

## What it finds
`hash-balance-factor` in a pool whose hash is map-based, or whose algorithm is not a hash.

## Why it hurts
The factor caps a server's load at a multiple of the average, but only for `hash-type consistent`. Without it a key that draws 70 % of the
requests puts 80 % on one of three servers; with it, 41 %.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance uri
    hash-balance-factor 150
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
    balance uri
    hash-type consistent
    hash-balance-factor 150
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: the manual says that it is only used with consistent hashing; measured.

## See also
[HAProxy: hash-balance-factor](https://docs.haproxy.org/2.8/configuration.html#4.2-hash-balance-factor) · `hash-map-based`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import place_of
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its factor."""
    algorithm = pool.algorithm
    if not algorithm.hash_balance_factor or algorithm.name == "random" or algorithm.hash_method == "consistent" or len(pool.servers) < 2:
        return
    message = f"`hash-balance-factor {algorithm.hash_balance_factor}` of {pool.name} is ignored: its hash is not consistent"
    why = "nothing keeps a hot key from overloading its server"
    remedy = f"Add `hash-type consistent` to {pool.name}, or remove the factor"
    yield RULE.found(topology, place_of(pool, "hash-balance-factor"), message, why, remedy, pool=pool.name)


RULE = Rule("balance-factor-ignored", "traffic-pinned", "warning", "high", Pool, check, __doc__)
