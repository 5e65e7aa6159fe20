"""Every failing request is sent several times, just when the servers are in trouble.

## What it finds
`retry-on` for answers that an overloaded server gives (5xx, `response-timeout`, `all-retryable-errors`) with two or more `retries`.

## Why it hurts
In an overload each failed request comes back `retries` times: measured, `retries 10` made 11 attempts of one request. The extra load
keeps the servers down after the cause is gone.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    retries 5
    retry-on conn-failure 500 503
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    retries 1
    retry-on conn-failure 503
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High for the attempts: 1 + retries at worst. Refused connections alone (the default) cost a server nothing and stay silent.

## See also
[HAProxy: retry-on](https://docs.haproxy.org/2.8/configuration.html#4.2-retry-on)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing

LOADED = ("response-timeout", "all-retryable-errors", "empty-response", "junk-response")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool; an error from three retries on, which is HAProxy's default number."""
    costly = [c for c in pool.retry_on if c in LOADED or (len(c) == 3 and c.startswith("5"))]
    if not costly or pool.retries < 2 or not pool.servers:
        return
    message = f"{pool.name} sends a failing request up to {pool.retries + 1} times (retries {pool.retries}, retry-on {listing(costly)})"
    why = f"an overload that makes requests fail is multiplied by up to {pool.retries + 1}, and so does not end"
    remedy = f"Set `retries 1` in {pool.name}, or retry only on `conn-failure`"
    severity: Severity = "error" if pool.retries >= 3 else "warning"
    yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("retry-amplification", "surge", "error", "high", Pool, check, __doc__)
