"""A listener admits many times what its servers may serve, and the rest waits.

## What it finds
Listeners whose `maxconn` is ten times the sum of their pools' server `maxconn` or more, where requests may queue for longer than a minute
(`timeout queue`, or `timeout connect` where that is not set), or 200 times the sum and for 10 seconds or longer. What lies between, and a
`maxconn` that `defaults` gives to all, is information.

## Why it hurts
Queueing in front of limited servers is a good thing while the queue is short. Here thousands of clients can be let in for servers that
take a few at once: they wait until `timeout queue` and get 503, and new clients stand behind them. With 200 times the slots and 10 seconds
of patience the whole queue is served in time only if a request takes less than 50 ms.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout queue 30s
listen web
    bind :8080
    maxconn 10000
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 50
    server app2 10.0.0.2:8080 check maxconn 50
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
    maxconn 800
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 50
    server app2 10.0.0.2:8080 check maxconn 50
```

## How sure
Medium: idle keep-alive connections count for the listener and not for the servers, so some factor is right.

## See also
[HAProxy: maxconn](https://docs.haproxy.org/2.8/configuration.html#5.2-maxconn) ·
[timeout queue](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20queue) · `queue-timeout-over-client`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import duration

PATIENCE, MINUTE = timedelta(seconds=10), timedelta(seconds=60)


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at its `maxconn`."""
    led = (topology.pool(name) for name in dict.fromkeys(r.pool for r in listener.routes))
    pools = [p for p in led if p is not None]
    servers = [s for p in pools for s in serving(p)]
    if not listener.maxconn or not servers or not all(s.maxconn for s in servers):
        return
    room = sum(s.maxconn or 0 for s in servers)
    waits = max((p.timeouts.queue or p.timeouts.connect or timedelta.max for p in pools), default=timedelta.max)
    if listener.maxconn < 10 * room or waits < PATIENCE:
        return
    for_long = "without end" if waits == timedelta.max else f"for {duration(waits)}"
    message = f"{listener.name} admits {listener.maxconn} connections, its servers serve {room} at once: the rest queues {for_long}"
    why = f"in an overload up to {listener.maxconn - room} clients wait {for_long} and get 503, and new ones stand behind them"
    remedy = f"Lower the maxconn of {listener.name} to a few times {room}, or set `timeout queue` to a few seconds"
    place = listener.maxconn_location
    inherited = place is None or place.file != listener.location.file or place.line < listener.location.line
    severity: Severity = "info" if inherited or (waits <= MINUTE and listener.maxconn < 200 * room) else "warning"
    yield RULE.found(topology, place or listener.location, message, why, remedy, pool=pools[0].name, severity=severity)


RULE = Rule("queue-far-above-servers", "surge", "warning", "medium", Listener, check, __doc__, also=("servers-slow-all",))
