"""Nothing keeps a server from getting more requests than it can work on.

## What it finds
Active servers without `maxconn` in pools in http mode for which `poise.toml` declares `concurrency_per_server`.

## Why it hurts
Beyond what it can work on at once a server only gets slower, and its queue is invisible. With `maxconn` the load balancer holds what is
too much, gives it to whoever is free first, and lets it fail early.

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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
concurrency_per_server = 32
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
    default-server maxconn 32
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
concurrency_per_server = 32
```

## How sure
Medium, given the declaration; without it the rule is silent. Information: a server may refuse by itself what is too much.

## See also
[HAProxy: maxconn](https://docs.haproxy.org/2.8/configuration.html#5.2-maxconn) · `odd-maxconn`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    limit = needs.of(pool.name).concurrency_per_server
    open_ended = [s for s in serving(pool) if not s.maxconn]
    if limit is None or pool.mode != "http" or not open_ended:
        return
    message = (
        f"{listing(s.name for s in open_ended)} of {pool.name} may get any "
        f"number of requests at once; poise.toml says they can work on {limit}"
    )
    why = "in an overload the server itself queues: every request slows down, and the load balancer sees nothing"
    remedy = f"Add `maxconn {limit}` to the servers of {pool.name} and a `timeout queue` of a few seconds"
    yield RULE.found(topology, open_ended[0].location, message, why, remedy, pool=pool.name, server=open_ended[0].name)


RULE = Rule("server-without-maxconn", "surge", "info", "medium", Pool, check, __doc__, also=("servers-slow-all",))
