"""Clients are sent to their server although it is known to be down.

## What it finds
`option persist`, or `force-persist` without a condition that says when, in pools with a cookie or stick table and two or more servers.

## Why it hurts
These send a client with a cookie to its server even when the health check has taken it out. All clients of a dead server get errors until
an operator acts, while the other servers are well.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option persist
listen web
    bind :8080
    option httpchk GET /healthz
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
    force-persist if { src 10.9.0.0/24 }
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```

## How sure
Medium: without health checks it may have been meant. A condition, such as the address of the testers, is what `force-persist` is for.

## See also
[HAProxy: option persist](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20persist) ·
[force-persist](https://docs.haproxy.org/2.8/configuration.html#4.2-force-persist) · `no-redispatch`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.conditions import always
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the option."""
    if not pool.persistence or len(in_use(pool)) < 2:
        return
    forced = [line for line in pool.options.get("force-persist", "").split("\n") if line]
    at = next((n for n, line in enumerate(forced) if always(line, pool.options)), None)
    if at is not None:
        what, place = f"force-persist {forced[at]}", place_of(pool, f"force-persist.{at}", "force-persist")
    elif "option persist" in pool.options:
        what, place = "option persist", place_of(pool, "option persist")
    else:
        return
    message = f"`{what}` of {pool.name} sends clients to their server even when it is down"
    why = "all clients of a dead server get errors, although the other servers would take them"
    remedy = f"Remove `{what}` from {pool.name}; where testers need a server that is down, give `force-persist` their addresses"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("persist-on-dead-servers", "server-down", "warning", "medium", Pool, check, __doc__)
