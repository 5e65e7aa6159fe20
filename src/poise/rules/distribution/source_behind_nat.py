"""Clients are told apart by their address, and they share a few addresses.

## What it finds
`balance source`, or a stick table on the source address, in a pool for which `poise.toml` says `clients_behind_nat = true`.

## Why it hurts
All clients behind one proxy, CDN or NAT have one source address: they all get the same server. One address means 100 % on one server.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance source
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
clients_behind_nat = true
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
    balance roundrobin
    option httpchk GET /healthz
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```
```toml
[pool.web]
clients_behind_nat = true
```

## How sure
High, given the declaration; without it the rule is silent.

## See also
[HAProxy: balance source](https://docs.haproxy.org/2.8/configuration.html#4.2-balance)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that tells clients apart."""
    if not needs.of(pool.name).clients_behind_nat or sum(s.role == "active" for s in pool.servers) < 2:
        return
    persistence = (pool.persistence or "").split()
    by_stick = bool(persistence) and persistence[0] == "stick" and "src" in persistence
    if pool.algorithm.name != "source" and not by_stick:
        return
    by = "stick on src" if by_stick else "balance source"
    message = f"{pool.name} tells clients apart by source address (`{by}`), and poise.toml says they are behind NAT"
    why = "every client behind one address gets the same server: the shares follow the few addresses, up to 100 % on one server"
    remedy = (
        f"Use a cookie, or hash what tells clients apart (`balance hdr(X-Forwarded-For)` if the proxy in front sets it), in {pool.name}"
    )
    place = (pool.persistence_location if by_stick else pool.algorithm.location) or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("source-behind-nat", "traffic-pinned", "error", "high", Pool, check, __doc__)
