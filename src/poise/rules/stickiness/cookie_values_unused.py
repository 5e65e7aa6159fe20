"""Servers have cookie values, and the pool sets no cookie.

## What it finds
Servers with `cookie` in a pool in http mode that has no `cookie` line of its own or inherited.

## Why it hurts
The value on the server is only the name by which the pool's `cookie` line would call it. Without that line nothing is set and nothing is
read: clients change servers with every request.

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
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
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
High: HAProxy accepts it without a word.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) · `cookie-partial`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import listing

LINE = "cookie SRV insert indirect nocache"


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such value."""
    named = [s for s in in_use(pool) if s.cookie]
    if not named or pool.mode != "http" or "cookie" in pool.options or len(in_use(pool)) < 2 or _read_elsewhere(pool):
        return
    message = (
        f"{listing(s.name for s in named)} of {pool.name} "
        f"{'has a cookie value' if len(named) == 1 else 'have cookie values'}, and {pool.name} has no `cookie` line"
    )
    why = "no client is bound to its server: sessions that live there are lost"
    remedy = f"Give {pool.name} a line such as `{LINE}`, or take the values out"
    place = named[0].places.get("cookie", named[0].location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=named[0].name)


def _read_elsewhere(pool: Pool) -> bool:
    """Whether rules of the pool bind clients by other means, where the values may be leftovers."""
    return bool(pool.persistence) or "use-server" in pool.options


RULE = Rule("cookie-values-unused", None, "warning", "high", Pool, check, __doc__, because="it keeps sessions on their server")
