"""A limit that should grow with the load stands still.

## What it finds
Servers with `minconn` and no larger `maxconn`; a pool's own `fullconn` whose servers have no `minconn`.

## Why it hurts
Between `minconn` and `maxconn` the limit follows the load of the pool, up to `fullconn`. With one of the three missing it is fixed:
`minconn` alone becomes the `maxconn`, a low limit that holds at the peak too.

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
    server app1 10.0.0.1:8080 check minconn 10
    server app2 10.0.0.2:8080 check minconn 10
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
    fullconn 1000
    server app1 10.0.0.1:8080 check minconn 10 maxconn 100
    server app2 10.0.0.2:8080 check minconn 10 maxconn 100
```

## How sure
High: HAProxy turns a `minconn` without `maxconn` into the `maxconn`.

## See also
[HAProxy: minconn](https://docs.haproxy.org/2.8/configuration.html#5.2-minconn) ·
[fullconn](https://docs.haproxy.org/2.8/configuration.html#4.2-fullconn)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use, own
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the option that does nothing."""
    servers = in_use(pool)
    still = next((s for s in servers if s.minconn and (not s.maxconn or s.minconn >= s.maxconn)), None)
    if still is not None:
        limit = still.maxconn or still.minconn
        message = (
            f"`minconn {still.minconn}` of {still.name} in {pool.name} is no "
            f"lower bound: without a larger `maxconn` the limit is always {limit}"
        )
        why = f"{still.name} takes {limit} requests at once even at the peak, and the rest queues"
        remedy = f"Add the `maxconn` that {still.name} can serve at the peak"
        place = still.places.get("minconn", still.location)
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=still.name)
        return
    place = pool.places.get("fullconn", pool.location)
    if pool.fullconn and servers and own(pool, place) and not any(s.minconn for s in servers):
        message = f"`fullconn {pool.fullconn}` of {pool.name} has no effect: none of its servers has `minconn`"
        why = "no limit follows the load; it reads as if there were one"
        remedy = f"Add `minconn` and `maxconn` to the servers of {pool.name}, or remove `fullconn`"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="info")


RULE = Rule("minconn-without-effect", "server-maxconn", "warning", "high", Pool, check, __doc__)
