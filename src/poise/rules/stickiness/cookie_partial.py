"""Some servers cannot be named by the pool's cookie.

## What it finds
Pools with `cookie … insert`, `rewrite` or `prefix` where an active server has no `cookie` value.

## Why it hurts
Sessions that begin on such a server get no cookie: the next request goes anywhere. Users lose baskets and logins, one in n of them.

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
    server app2 10.0.0.2:8080 check cookie b
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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
    server app3 10.0.0.3:8080 check cookie c
```

## How sure
High. Dynamic cookies (`cookie … dynamic`) need no values and are silent, and so are backups.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) · `cookie-duplicate`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing, percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first server without a value."""
    words = (pool.persistence or "").split()
    if not words or words[0] != "cookie" or "dynamic" in words or pool.mode != "http":
        return
    active = [s for s in pool.servers if s.role == "active"]
    bare = [s for s in active if not s.cookie]
    if not bare or len(active) < 2:
        return
    total = sum(s.weight for s in active)
    share = sum(s.weight for s in bare) / total if total else 1.0
    names, have = listing(s.name for s in bare), "has" if len(bare) == 1 else "have"
    message = f"{names} of {pool.name} {have} no cookie value, but the pool sticks by cookie"
    why = f"about {percent(share)} of new sessions begin on a server that they cannot come back to"
    remedy = f"Add `cookie NAME`, a different one each, to {names}"
    yield RULE.found(topology, bare[0].location, message, why, remedy, pool=pool.name, server=bare[0].name)


RULE = Rule("cookie-partial", None, "error", "high", Pool, check, __doc__, because="it keeps sessions on their server; traffic stays even")
