"""A limit that should grow with the load stands still.

## What it finds
Servers with `minconn` and no larger `maxconn`; a pool's own `fullconn` whose servers have no `minconn`, or that is more than all of its
listeners (or the process) may ever hold, or ten times what its servers take together.

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
High: the limit is `maxconn` × the pool's connections ÷ `fullconn`, and at least `minconn`. HAProxy turns a `minconn` without `maxconn` into
the `maxconn`.

## See also
[HAProxy: minconn](https://docs.haproxy.org/2.8/configuration.html#5.2-minconn) ·
[fullconn](https://docs.haproxy.org/2.8/configuration.html#4.2-fullconn)
"""

from collections.abc import Iterable, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
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
    yield from _out_of_reach(servers, pool, topology)
    place = pool.places.get("fullconn", pool.location)
    if pool.fullconn and servers and own(pool, place) and not any(s.minconn for s in servers):
        message = f"`fullconn {pool.fullconn}` of {pool.name} has no effect: none of its servers has `minconn`"
        why = "no limit follows the load; it reads as if there were one"
        remedy = f"Add `minconn` and `maxconn` to the servers of {pool.name}, or remove `fullconn`"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="info")


def _out_of_reach(servers: Sequence[Server], pool: Pool, topology: Topology) -> Iterable[Finding]:
    """A `fullconn` so large that the limits never come near `maxconn`."""
    growing = [s for s in servers if s.minconn and s.maxconn]
    if not pool.fullconn or not growing:
        return
    listeners = {listener.name: listener.maxconn for listener, _ in topology.routes_to(pool.name)}
    # What one listener does not limit the process does, where it is said.
    most = sum(x for x in listeners.values() if x) if listeners and all(listeners.values()) else topology.maxconn
    most = min(x for x in (most or topology.maxconn, topology.maxconn or most, 10 * sum(s.maxconn or 0 for s in growing)) if x)
    if pool.fullconn <= most:
        return
    first = growing[0]
    assert first.maxconn and first.minconn
    reached = max(first.minconn, first.maxconn * most // pool.fullconn)
    message = f"`fullconn {pool.fullconn}` of {pool.name} is never reached: with {most} connections {first.name} is given {reached} at once"
    why = f"{first.name} could take {first.maxconn}, and requests queue before it while it has room"
    remedy = f"Set `fullconn` of {pool.name} to the connections at its peak, mostly the sum of its servers' `maxconn`"
    severity: Severity = "warning" if reached * 2 <= first.maxconn else "info"
    place = pool.places.get("fullconn", pool.location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("minconn-without-effect", "server-maxconn", "warning", "high", Pool, check, __doc__)
