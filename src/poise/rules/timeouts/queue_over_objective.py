"""A queued request may wait longer than clients were promised.

## What it finds
Pools with limited servers whose `timeout queue` (or `timeout connect`, where that is not set) is longer than `latency_p99_ms` of
`poise.toml`.

## Why it hurts
A request that waits in the queue beyond the promise is late even if a server then answers at once. Failing it early costs one client an
error; serving it late costs those behind it the promise too.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server maxconn 32
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
objectives = {latency_p99_ms = 500}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout queue 400ms
listen web
    bind :8080
    option httpchk GET /healthz
    default-server maxconn 32
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
objectives = {latency_p99_ms = 500}
```

## How sure
Medium: information; a late answer may be worth more than an error.

## See also
[HAProxy: timeout queue](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20queue) · `queue-timeout-over-client`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import place_of, serving
from poise.rules.rule import Rule
from poise.rules.words import duration


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `timeout queue`."""
    promised = needs.of(pool.name).objectives.latency_p99_ms
    wait = pool.timeouts.queue or pool.timeouts.connect
    if promised is None or wait is None or not any(s.maxconn for s in serving(pool)) or wait <= timedelta(milliseconds=promised):
        return
    message = f"requests for {pool.name} may queue for {duration(wait)}; poise.toml promises {promised:g} ms for 99 % of them"
    why = "in an overload the queue alone breaks the promise, for everybody in it"
    remedy = f"Set `timeout queue` of {pool.name} below {promised:g} ms, or promise more time"
    yield RULE.found(topology, place_of(pool, "timeout queue"), message, why, remedy, pool=pool.name)


RULE = Rule("queue-over-objective", "surge", "info", "medium", Pool, check, __doc__)
