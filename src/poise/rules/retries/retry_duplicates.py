"""Requests that must not run twice may be sent twice.

## What it finds
`retry-on` for failures after the request was sent, in a pool for which `poise.toml` says `idempotent = false`, unless retries are switched
off for POST with `http-request disable-l7-retry`. In nginx `non_idempotent` in `proxy_next_upstream`, which repeats POST too; there it is
information when `poise.toml` says nothing.
In Envoy `retry_on` for anything but failures before the request was sent, or `hedge_on_per_try_timeout`, unless the policy or the route
looks at the method.

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
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  retry_policy: {retry_on: "connect-failure,reset", num_retries: 1, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
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
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  retry_policy: {retry_on: "connect-failure,refused-stream", num_retries: 1, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```
```toml
[pool.web]
idempotent = false
```

## How sure
High, given the declaration; without it the rule is silent, or information in nginx, where POST is repeated only on request.

## See also
[HAProxy: retry-on](https://docs.haproxy.org/2.8/configuration.html#4.2-retry-on) · [nginx:
proxy_next_upstream](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream) · `retry-amplification` · [Envoy:
retry-on](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter)
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.envoy_ways import UNSENT as NEVER_SENT
from poise.rules.envoy_ways import at, ways
from poise.rules.envoy_ways import retries as repeats
from poise.rules.nginx_ways import attempts, conditions, next_upstream_name, place, routes
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.words import listing

# Nothing has reached the application in these cases (manual, retry-on).
UNSENT = ("none", "conn-failure", "0rtt-rejected")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology, needs.of(pool.name).idempotent)
        return
    if topology.product == "nginx":
        yield from _nginx(pool, topology, needs.of(pool.name).idempotent)
        return
    sent = [c for c in pool.retry_on if c not in UNSENT]
    if needs.of(pool.name).idempotent is not False or not sent or pool.retries < 1:
        return
    ways = [pool.options.get("http-request", ""), *(x.options.get("http-request", "") for x, _ in topology.routes_to(pool.name))]
    if any("disable-l7-retry" in way for way in ways):
        return
    message = f"{pool.name} repeats requests after {listing(sent)}, and poise.toml says that they must not run twice"
    why = "a request whose answer was lost is done again: duplicate orders, duplicate payments"
    remedy = f"Retry only on `conn-failure` in {pool.name}, or add `http-request disable-l7-retry if METH_POST`"
    yield RULE.found(topology, place_of(pool, "retry-on"), message, why, remedy, pool=pool.name)


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


def _envoy(pool: Pool, topology: Topology, idempotent: bool | None) -> Iterable[Finding]:
    for _, route in ways(pool, topology) if idempotent is False else ():
        sent = [word for word in repeats(route)[0] if word not in NEVER_SENT]
        hedges = route.options.get("hedge_policy.hedge_on_per_try_timeout") == "true" and bool(repeats(route)[0])
        if _only_safe(route) or not (sent or hedges):
            continue
        what = f"after {listing(sent)}" if sent else "while the first attempt still runs (hedging)"
        message = f"{pool.name} repeats requests {what}, and poise.toml says that they must not run twice"
        why = "a request whose answer was lost is done again: duplicate orders, duplicate payments"
        remedy = "Retry only on `connect-failure,refused-stream,reset-before-request`, or give GET and HEAD a route of their own"
        where = at(route, "retry_policy.retry_on" if sent else "hedge_policy.hedge_on_per_try_timeout")
        yield RULE.found(topology, where, message, why, remedy, pool=pool.name)
        return


def _only_safe(route: Route) -> bool:
    """Whether the route takes requests by their method, and none of the methods that it names is one that changes something."""
    asked = [value for path, value in route.options.items() if path.startswith("retry_policy.retriable_request_headers")]
    said = " ".join((route.condition or "", *asked))
    return ":method" in said and not re.search(r"\b(?:POST|PUT|PATCH|DELETE)\b", said)


RULE = Rule(
    "retry-duplicates",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    because="it prevents requests that run twice, which no measurement of traffic shows",
)
