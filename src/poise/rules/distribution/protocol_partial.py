"""Servers of one pool are spoken to in different protocols.

## What it finds
Pools where some active servers have `ssl`, `send-proxy` (any version) or `proto h2` and others have not.

## Why it hurts
Servers of one pool usually run the same software. A server that expects TLS or a PROXY header and does not get it, or gets one that it
does not expect, fails every request of its share.

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
    server app1 10.0.0.1:8080 check send-proxy
    server app2 10.0.0.2:8080 check send-proxy
    server app3 10.0.0.3:8080 check
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
    server app1 10.0.0.1:8080 check send-proxy
    server app2 10.0.0.2:8080 check send-proxy
    server app3 10.0.0.3:8080 check send-proxy
```

## How sure
Medium: during a move from one way to the other it is right. Servers on different ports are silent for TLS.

## See also
[HAProxy: send-proxy](https://docs.haproxy.org/2.8/configuration.html#5.2-send-proxy) ·
[ssl](https://docs.haproxy.org/2.8/configuration.html#5.2-ssl)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing, verb

PROXY = frozenset(("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"))


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool and protocol, at the first server of the smaller group."""
    active = [s for s in pool.servers if s.role == "active"]
    if len(active) < 2:
        return
    kinds = {
        "a PROXY header": [s for s in active if not PROXY.isdisjoint(s.options)],
        "TLS": [s for s in active if s.tls],
        "`proto h2`": [s for s in active if s.options.get("proto") == "h2"],
    }
    for what, having in kinds.items():
        if not having or len(having) == len(active):
            continue
        those = {id(s) for s in having}
        without = [s for s in active if id(s) not in those]
        if what == "TLS" and {_port(s) for s in having}.isdisjoint(_port(s) for s in without):
            continue
        odd = having if len(having) < len(without) else without
        few = verb(len(odd), "get") if odd is having else "does not get" if len(odd) == 1 else "do not get"
        message = f"{listing(s.name for s in odd)} of {pool.name} {few} {what}, the other servers {'do not' if odd is having else 'do'}"
        why = "servers of one kind expect one protocol: the odd ones fail every request of their share, or their check"
        remedy = f"Write the same protocol options for all servers of {pool.name}, best in `default-server`"
        yield RULE.found(topology, odd[0].location, message, why, remedy, pool=pool.name, server=odd[0].name)


def _port(server: Server) -> str:
    return server.address.rpartition(":")[2]


RULE = Rule("protocol-partial", "server-errors", "warning", "medium", Pool, check, __doc__, also=("tls-certificate",))
