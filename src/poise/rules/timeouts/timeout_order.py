"""The client's side gives up before the server's side.

## What it finds
A `timeout client` that is shorter than the `timeout server` of the pool behind: in tcp mode by any amount, in http mode by half or more.

## Why it hurts
In tcp mode, in tunnels and while a body is sent, both count. The shorter one ends the connection, and in the log it looks as if the client
had gone away. The manual highly recommends equal values in tcp mode.

## Bad
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen database
    bind :5432
    timeout client 10s
    timeout server 1m
    server db1 10.0.0.1:5432 check
    server db2 10.0.0.2:5432 check
```

## Good
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen database
    bind :5432
    timeout client 1m
    timeout server 1m
    server db1 10.0.0.1:5432 check
    server db2 10.0.0.2:5432 check
```

## How sure
Low: information. Measured on 2.6 and 2.8: while HAProxy only waits for a slow answer the shorter `timeout client` does not cut it.

## See also
[HAProxy: timeout client](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20client) · `upgrade-cut-by-timeout`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule
from poise.rules.words import duration


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, for the pool with the longest `timeout server`."""
    client = listener.timeouts.client
    led = (topology.pool(name) for name in dict.fromkeys(r.pool for r in listener.routes))
    pools = [p for p in led if p is not None and p.servers and p.timeouts.server]
    if not client or not pools:
        return
    pool = max(pools, key=lambda p: p.timeouts.server or client)
    server = pool.timeouts.server
    if server is None or not (client * 2 <= server or (pool.mode == "tcp" and client < server)):
        return
    message = f"`timeout client {duration(client)}` of {listener.name} is shorter than `timeout server {duration(server)}` of {pool.name}"
    why = f"a connection that pauses for {duration(client)} is cut, and the log blames the client"
    remedy = "Set both to the same value; for long-lived connections add `timeout tunnel`"
    place = listener.places.get("timeout client", listener.location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("timeout-order", None, "info", "low", Listener, check, __doc__, because="it prevents cuts that look like clients who leave")
