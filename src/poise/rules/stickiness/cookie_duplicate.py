"""Two servers answer to one cookie value.

## What it finds
Servers of one pool with the same `cookie` value.

## Why it hurts
A returning client's cookie names two servers, and HAProxy takes the first: sessions begun on the second are lost, and the first gets both
shares.

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
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie a
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
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```

## How sure
High. `haproxy -c -dD` reports it too; without -dD nothing does.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#5.2-cookie)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server whose value stood before."""
    first: dict[str, Server] = {}
    for server in pool.servers:
        if not server.cookie or server.role == "disabled":
            continue
        other = first.setdefault(server.cookie, server)
        if other is server:
            continue
        message = f"{server.name} and {other.name} (line {other.location.line}) of {pool.name} share the cookie value {server.cookie}"
        why = f"clients of {server.name} return to {other.name}: their sessions are lost, and {other.name} gets the load of both"
        remedy = f"Give {server.name} a cookie value of its own"
        yield RULE.found(topology, server.location, message, why, remedy, pool=pool.name, server=server.name)


RULE = Rule("cookie-duplicate", "uneven-weights", "error", "high", Pool, check, __doc__)
