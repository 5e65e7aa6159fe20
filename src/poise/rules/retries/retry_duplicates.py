"""Requests that must not run twice may be sent twice.

## What it finds
`retry-on` for failures after the request was sent, in a pool for which `poise.toml` says `idempotent = false`, unless retries are switched
off for POST with `http-request disable-l7-retry`. In nginx `non_idempotent` in `proxy_next_upstream`, which repeats POST too; there it is
information when `poise.toml` says nothing.

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
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout non_idempotent;
    }
}
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
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout;
    }
}
```
```toml
[pool.web]
idempotent = false
```

## How sure
High, given the declaration; without it the rule is silent, or information in nginx, where POST is repeated only on request.

## See also
[HAProxy: retry-on](https://docs.haproxy.org/2.8/configuration.html#4.2-retry-on) · [nginx:
proxy_next_upstream](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream) · `retry-amplification`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import attempts, conditions, next_upstream_name, place, routes
from poise.rules.rule import Rule
from poise.rules.words import listing

# Nothing has reached the application in these cases (manual, retry-on).
UNSENT = ("none", "conn-failure", "0rtt-rejected")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    if topology.product == "nginx":
        yield from _nginx(pool, topology, needs.of(pool.name).idempotent)
        return
    sent = [c for c in pool.retry_on if c not in UNSENT]
    if needs.of(pool.name).idempotent is not False or not sent or pool.retries < 1:
        return
    if any("disable-l7-retry" in text for option in pool.options.items() for text in option):
        return
    message = f"{pool.name} repeats requests after {listing(sent)}, and poise.toml says that they must not run twice"
    why = "a request whose answer was lost is done again: duplicate orders, duplicate payments"
    remedy = f"Retry only on `conn-failure` in {pool.name}, or add `http-request disable-l7-retry if METH_POST`"
    yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)


def _nginx(pool: Pool, topology: Topology, idempotent: bool | None) -> Iterable[Finding]:
    repeats = [r for r in routes(pool, topology) if "non_idempotent" in conditions(r) and attempts(r, pool) > 1]
    if not repeats or idempotent:
        return
    declared = "; poise.toml says that they must not run twice" if idempotent is False else ""
    message = f"{pool.name} repeats POST requests on another server (`non_idempotent` in {next_upstream_name(repeats[0])}){declared}"
    why = "a request whose answer was lost is done again: duplicate orders, duplicate payments"
    remedy = f"Remove `non_idempotent`; without it nginx still tries another server while nothing was sent yet, in {pool.name}"
    severity: Severity = "info" if idempotent is None else "error"
    yield RULE.found(topology, place(repeats[0], "next_upstream"), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "retry-duplicates",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it prevents requests that run twice, which no measurement of traffic shows",
)
