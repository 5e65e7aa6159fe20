"""Counting connections says little when requests are over at once.

## What it finds
`balance leastconn` in a pool in http mode whose `service_time_ms` in `poise.toml` is below 10.

## Why it hurts
With short requests the servers are nearly always equally idle, so the counts tell nothing; a server that fails fast looks the least busy
and draws more. The manual advises `leastconn` for long sessions.

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
    balance leastconn
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
service_time_ms = 2
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
    balance random
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
service_time_ms = 2
```

## How sure
Low: information; it is rarely worse than round robin.

## See also
[HAProxy: balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule

SHORT_MS = 10.0


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm."""
    time = needs.of(pool.name).service_time_ms
    if pool.algorithm.name != "leastconn" or pool.mode != "http" or time is None or time >= SHORT_MS or len(serving(pool)) < 2:
        return
    message = f"{pool.name} counts connections (`balance leastconn`), and its requests take {time:g} ms"
    why = "the counts are nearly always equal: a server that fails fast looks idle and draws more requests"
    remedy = f"Use `balance random` or roundrobin in {pool.name}"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


RULE = Rule("leastconn-short-requests", "server-errors", "info", "low", Pool, check, __doc__)
