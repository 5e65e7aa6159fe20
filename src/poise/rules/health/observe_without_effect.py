"""Traffic is meant to be watched for errors, and nobody watches.

## What it finds
Servers with `observe` and no `check`, or with `on-error` and no `observe`.

## Why it hurts
`observe` works only together with health checks, and `on-error` only with `observe`. The line reads as if failing servers left the pool;
they keep their share.

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
    default-server check on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
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
    default-server check observe layer7 error-limit 50 on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```

## How sure
High: the manual says that observing requires health checks.

## See also
[HAProxy: observe](https://docs.haproxy.org/2.8/configuration.html#5.2-observe) · `server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    for server in in_use(pool):
        watching = server.observe in ("layer4", "layer7")
        if watching and server.check is None:
            option, lacks = f"observe {server.observe}", "check"
        elif server.on_error and not watching:
            option, lacks = f"on-error {server.on_error}", "observe"
        else:
            continue
        message = f"`{option}` of {server.name} in {pool.name} has no effect: there is no `{lacks}` beside it"
        why = "a server that fails the requests of clients stays in rotation with its share"
        remedy = "Write `check observe layer7 error-limit 50 on-error mark-down`, or take the option out"
        place = server.places.get(option.partition(" ")[0], server.location)
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name)
        return


RULE = Rule("observe-without-effect", "server-errors", "warning", "high", Pool, check, __doc__)
