"""Every failing request is sent several times, just when the servers are in trouble.

## What it finds
`retry-on` for answers that an overloaded server gives (5xx, `response-timeout`, `all-retryable-errors`) with two or more `retries`. nginx
tries every server of the pool unless `proxy_next_upstream_tries` says less: found where 5xx or 429 is repeated on four servers or more,
where `proxy_next_upstream_tries 0` is written for as many, or where each of three or more may take two minutes or longer
(`proxy_read_timeout`) and nothing limits the whole; information where three or more take that long together. `http_403` and `http_404` on
three or more are information. In Envoy five or more `num_retries` of answers that an overloaded server gives, without a `retry_budget`
below half of the requests: a warning, and an error where the breaker's `max_retries` was raised above its default of 3, which bounds the
retries of all requests at any moment (a `retry_budget` replaces it). Three or four are information, and a warning where `max_retries` is
100 or more.

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
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=5;
    server 10.0.0.2:8080 max_fails=5;
    server 10.0.0.3:8080 max_fails=5;
    server 10.0.0.4:8080 max_fails=5;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout http_502 http_503;
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
                  retry_policy: {retry_on: "5xx,reset", num_retries: 10, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
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
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=5;
    server 10.0.0.2:8080 max_fails=5;
    server 10.0.0.3:8080 max_fails=5;
    server 10.0.0.4:8080 max_fails=5;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout http_502 http_503;
        proxy_next_upstream_tries 2;
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
                  retry_policy: {retry_on: "5xx,reset", num_retries: 2, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High for the attempts: 1 + retries at worst, in nginx one for each server. Refused connections alone (the default) cost a server nothing
and stay silent.

## See also
[HAProxy: retry-on](https://docs.haproxy.org/2.8/configuration.html#4.2-retry-on) · [nginx:
proxy_next_upstream_tries](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_tries) · [Envoy:
retry_policy](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.envoy_ways import limit, number, retry_budget, shared
from poise.rules.envoy_ways import retries as repeats
from poise.rules.nginx_ways import FAILING_ANSWERS, attempts, conditions, next_upstream_name, place, setting, upgrades
from poise.rules.places import only
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import duration, listing

LONG = timedelta(minutes=2)
WAIT = timedelta(seconds=60)  # nginx's default of the read timeout
# Retries to a hundred requests from which on a budget no longer keeps an overload small.
MUCH = 50
LOADED = ("response-timeout", "all-retryable-errors", "empty-response", "junk-response")


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, in Envoy one per retry policy; an error from three retries on, which is HAProxy's default number."""
    if topology.product == "envoy":
        yield from _envoy(topology)
        return
    seen: set[Location | None] = set()
    for pool in topology.pools:
        yield from _nginx(pool, topology, seen) if topology.product == "nginx" else _haproxy(pool, topology)


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    costly = [c for c in pool.retry_on if c in LOADED or (len(c) == 3 and c.startswith("5"))]
    if not costly or pool.retries < 2 or not pool.servers:
        return
    message = f"{pool.name} sends a failing request up to {pool.retries + 1} times (retries {pool.retries}, retry-on {listing(costly)})"
    why = f"an overload that makes requests fail is multiplied by up to {pool.retries + 1}, and so does not end"
    remedy = f"Set `retries 1` in {pool.name}, or retry only on `conn-failure`"
    # A connection that closes without an answer is mostly one that was idle for too long: few are, and a second attempt serves them.
    severity: Severity = "info" if costly == ["empty-response"] else "error" if pool.retries >= 3 else "warning"
    yield RULE.found(topology, place_of(pool, "retry-on"), message, why, remedy, pool=pool.name, severity=severity)


def _nginx(pool: Pool, topology: Topology, seen: set[Location | None]) -> Iterable[Finding]:
    for _, route in topology.routes_to(pool.name):
        most = attempts(route, pool)
        if most < 3:
            continue
        costly = [c for c in conditions(route) if c in FAILING_ANSWERS]
        unlimited = (setting(route, "next_upstream_tries") or "").strip() == "0"
        missing = [c for c in conditions(route) if c in ("http_403", "http_404")]
        patience = nginx_span(setting(route, "read_timeout"))
        whole = nginx_span(setting(route, "next_upstream_timeout"))
        endless = not whole or whole >= (patience or WAIT) * most
        if costly and most >= 4:
            what = f"up to {most} times ({', '.join(costly)})"
            why = f"an overload that makes requests fail is multiplied by up to {most}, and so does not end"
            severity: Severity = "error"
            at = place(route, "next_upstream")
        elif patience and patience >= LONG and endless and "timeout" in conditions(route) and not upgrades(route):
            what = f"to {most} servers in turn, {duration(patience)} each"
            why = f"a request that one server cannot answer occupies all {most}, for {duration(patience * most)} in all"
            severity = "warning" if most >= 4 else "info"
            at = place(route, "read_timeout")
        elif unlimited and most >= 4 and "off" not in conditions(route):
            what = f"to all {most} servers in turn (next_upstream_tries 0)"
            why = f"in an outage each request costs {most} attempts, and each may wait for its timeout"
            severity = "warning"
            at = place(route, "next_upstream_tries")
        elif (
            endless and "timeout" in conditions(route) and (patience or WAIT) * most >= LONG and pool.mode == "http" and not upgrades(route)
        ):
            what = f"to {most} servers in turn, {duration(patience or WAIT)} each"
            why = f"a request that hangs occupies all {most}, for {duration((patience or WAIT) * most)} in all, and counts against each"
            severity = "info"
            at = place(route, "next_upstream")
            # What the http level or nobody says is one mistake, not one for each pool.
            if (told := at if at != route.location else None) in seen:
                continue
            seen.add(told)
        elif missing:
            what = f"to all {most} servers ({', '.join(missing)})"
            why = f"every missing page is asked of {most} servers before the client hears of it: a scanner's load is multiplied by {most}"
            severity = "info"
            at = place(route, "next_upstream")
        else:
            continue
        message = f"{pool.name} sends a failing request {what}: {_limits(route)}"
        remedy = f"Set `{next_upstream_name(route)}_tries 2;` and `{next_upstream_name(route)}_timeout 10s;`"
        yield RULE.found(topology, at, message, why, remedy, pool=pool.name, severity=severity)
        return


def _limits(route: Route) -> str:
    """What is written against many attempts, and does not keep them few."""
    name, tries, whole = next_upstream_name(route), setting(route, "next_upstream_tries"), setting(route, "next_upstream_timeout")
    if tries and tries.strip("0"):
        return f"`{name}_tries {tries}` allows that many"
    return f"nothing limits the attempts but `{name}_timeout {whole}`" if nginx_span(whole) else "nothing limits the attempts"


def _costly(route: Route) -> tuple[str, ...]:
    """Conditions that an overloaded server meets."""
    codes = [int(number(route.options, path, 0)) for path in route.options if path.startswith("retry_policy.retriable_status_codes.")]
    loaded = ["5xx", "gateway-error", "reset", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"]
    loaded += ["retriable-status-codes"] if any(code >= 500 or code == 429 for code in codes) else []
    return tuple(word for word in repeats(route)[0] if word in loaded)


def _envoy(topology: Topology) -> Iterable[Finding]:
    def wrong(pool: Pool, route: Route) -> bool:
        budget = retry_budget(pool, route)
        # A breaker that lets no retry through multiplies nothing: retry-without-effect tells it.
        many = bool(limit(pool, "max_retries", route)) if budget is None else budget >= MUCH
        return repeats(route)[1] >= 3 and bool(_costly(route)) and many

    for location, route, pools in shared(topology, "retry_policy.num_retries", wrong):
        most, allowed = repeats(route)[1], max((limit(p, "max_retries", route) for p in pools if retry_budget(p, route) is None), default=0)
        worse: tuple[Severity, Severity] = ("error", "warning") if most >= 5 else ("warning", "info")
        severity = worse[0] if allowed >= (4 if most >= 5 else 100) else worse[1]
        whose = listing(pool.name for pool in pools)
        message = f"a failing request to {whose} is sent up to {most + 1} times (`num_retries: {most}`, retry_on {listing(_costly(route))})"
        budget = max((found for pool in pools if (found := retry_budget(pool, route))), default=0)
        bound = f"{allowed:g} retries at any moment" if allowed else f"{budget:g} retries to 100 requests (`retry_budget`)"
        why = f"an overload that makes requests fail is multiplied by up to {most + 1}, with at most {bound}"
        remedy = "Set `num_retries: 1`, or a `retry_budget` of 20 % in the cluster's circuit breaker"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


RULE = Rule(
    "retry-amplification", "retry-storm", "error", "high", Topology, check, __doc__, products=("haproxy", "nginx", "envoy"), also=("surge",)
)
