"""A few bad answers take a server out of rotation, and so can one bad request.

## What it finds
`observe` with `on-error mark-down` or `sudden-death` and an `error-limit` of 3 or less (the default is 10).

## Why it hurts
Whoever sends a request that makes the application answer 500 takes out the server that got it. The client tries again and meets the next:
a handful of requests empties the pool.

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
    default-server check observe layer7 error-limit 1 on-error mark-down
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
Medium: `error-limit` counts errors in a row, so on a busy server a single one is soon forgotten; one that gets few requests is at risk.

## See also
[HAProxy: observe](https://docs.haproxy.org/2.8/configuration.html#5.2-observe) ·
[on-error](https://docs.haproxy.org/2.8/configuration.html#5.2-on-error) ·
[error-limit](https://docs.haproxy.org/2.8/configuration.html#5.2-error-limit)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import count, listing

FATAL = ("mark-down", "sudden-death")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such server's `error-limit`."""
    frail = [s for s in in_use(pool) if s.observe in ("layer4", "layer7") and s.on_error in FATAL and s.check and _limit(s) <= 3]
    if not frail or len(in_use(pool)) < 2:
        return
    first = frail[0]
    errors = count(_limit(first), "error")
    message = (
        f"{errors} in a row take {listing(s.name for s in frail)} of {pool.name} "
        f"out: `error-limit {_limit(first)}`, `on-error {first.on_error}`"
    )
    why = "a request that makes the application fail empties the pool one server after the other, and everybody gets 503"
    remedy = "Raise `error-limit` to 50 or more, or use `on-error fastinter`, which only checks sooner"
    place = first.places.get("error-limit") or first.places.get("on-error") or first.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name)


def _limit(server: Server) -> int:
    # The manual's default is 10.
    text = server.options.get("error-limit", "10")
    return int(text) if text.isdecimal() and len(text) < 10 else 10


RULE = Rule("errors-eject-server", "server-errors", "error", "medium", Pool, check, __doc__)
