"""A hash over HTTP in a pool that does not read HTTP.

## What it finds
`balance uri`, `balance url_param` or `balance hdr(…)` in a pool with `mode tcp`.

## Why it hurts
In tcp mode there is no URI, parameter or header to hash: HAProxy falls back to roundrobin. The stickiness or cache locality that was
meant does not exist.

## Bad
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance uri
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance source
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: the fallback is in HAProxy's source (proxy.c), with a warning in its start-up messages only.

## See also
[HAProxy: balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule

READS_HTTP = ("uri", "url_param", "hdr")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `balance` line."""
    if pool.mode != "tcp" or pool.algorithm.name not in READS_HTTP:
        return
    name = pool.algorithm.name
    message = f"{pool.name} is in tcp mode, where `balance {name}` has nothing to hash and becomes roundrobin"
    why = "clients move from server to server with every connection: what the hash should keep together is spread over all servers"
    remedy = f"Put {pool.name} and its frontend in `mode http`, or balance by `source`"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


RULE = Rule("hash-in-tcp-mode", None, "error", "high", Pool, check, __doc__, because="it keeps clients on their server; traffic stays even")
