"""Requests that must not run twice may be sent twice.

## What it finds
`retry-on` for failures after the request was sent, in a pool for which `poise.toml` says `idempotent = false`, unless retries are
switched off for POST with `http-request disable-l7-retry`.

## Why it hurts
A server may have done the work before it failed or answered late. The retry does it again: two orders, two payments.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    retries 1
    retry-on conn-failure response-timeout
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
idempotent = false
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    retries 1
    retry-on conn-failure
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
idempotent = false
```

## How sure
High, given the declaration; without it the rule is silent.

## See also
[HAProxy: retry-on](https://docs.haproxy.org/2.8/configuration.html#4.2-retry-on) · `retry-amplification`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing

# Nothing has reached the application in these cases (manual, retry-on).
UNSENT = ("none", "conn-failure", "0rtt-rejected")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    sent = [c for c in pool.retry_on if c not in UNSENT]
    if needs.of(pool.name).idempotent is not False or not sent or pool.retries < 1:
        return
    if any("disable-l7-retry" in text for option in pool.options.items() for text in option):
        return
    message = f"{pool.name} repeats requests after {listing(sent)}, and poise.toml says that they must not run twice"
    why = "a request whose answer was lost is done again: duplicate orders, duplicate payments"
    remedy = f"Retry only on `conn-failure` in {pool.name}, or add `http-request disable-l7-retry if METH_POST`"
    yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "retry-duplicates",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    because="it prevents requests that run twice, which no measurement of traffic shows",
)
