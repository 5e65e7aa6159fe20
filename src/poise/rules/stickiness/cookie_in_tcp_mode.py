"""A cookie is set up in a pool that does not read HTTP.

## What it finds
`cookie` in the own section of a pool in tcp mode with two or more servers.

## Why it hurts
In tcp mode HAProxy sees no cookies: it ignores the line and the values on the servers, with a warning at start only. Clients change
servers with every connection.

## Bad
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option tcp-check
    option redispatch
    cookie SRV insert indirect nocache
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
High: HAProxy's own message is "cookie will be ignored".

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) · `hash-in-tcp-mode`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use, own
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `cookie` line."""
    place = pool.places.get("cookie")
    if pool.mode != "tcp" or place is None or not own(pool, place) or len(in_use(pool)) < 2:
        return
    message = f"{pool.name} is in tcp mode, where `cookie {pool.options['cookie']}` is ignored"
    why = "no client is bound to its server, although the file says so"
    remedy = f"Put {pool.name} and its listener in `mode http`, or bind by address: a stick table with `stick on src`"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("cookie-in-tcp-mode", None, "error", "high", Pool, check, __doc__, because="it keeps sessions on their server")
