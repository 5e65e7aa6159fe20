"""The load balancer gives up before a normal answer comes.

## What it finds
Pools in http mode whose `timeout server` is not longer than `service_time_ms` of `poise.toml`; for nginx the same of `proxy_read_timeout`
or its kin, which nginx also counts as a failure of the server.
In Envoy a route's `timeout` (15 s by default) or `per_try_timeout` likewise; one below `latency_p99_ms` is a warning: it cuts answers that
keep the promise.

## Why it hurts
Requests that take as long as usual get 504 while the server works on: the work is done, the answer is thrown away, and retries double it.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout server 1s
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
        proxy_read_timeout 1s;
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
                  timeout: 0.1s
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
service_time_ms = 1500
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout server 10s
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
        proxy_read_timeout 60s;
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
                  timeout: 2s
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
service_time_ms = 1500
```

## How sure
High, given the declared time.

## See also
[HAProxy: timeout server](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20server) · [Envoy:
timeouts](https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import at, route_timeout, ways
from poise.rules.nginx_ways import family, place, routes, setting
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span, nginx_span
from poise.rules.words import duration


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `timeout server`."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology, needs)
        return
    time, limit = needs.of(pool.name).service_time_ms, pool.timeouts.server
    if topology.product == "nginx":
        yield from _nginx(pool, topology, needs.of(pool.name))
        return
    if time is None or not limit or pool.mode != "http" or not pool.servers or limit > timedelta(milliseconds=time):
        return
    message = f"{pool.name} gives a server {duration(limit)} to answer, and a request takes {time:g} ms (poise.toml)"
    why = "ordinary requests get 504, and the servers do work that nobody receives"
    remedy = f"Set `timeout server` of {pool.name} to several times {time:g} ms"
    yield RULE.found(topology, place_of(pool, "timeout server"), message, why, remedy, pool=pool.name)


def _nginx(pool: Pool, topology: Topology, want: PoolNeeds) -> Iterable[Finding]:
    time, promise = want.service_time_ms, want.objectives.latency_p99_ms
    for route in routes(pool, topology) if (time or promise) and pool.mode == "http" else ():
        limit = nginx_span(setting(route, "read_timeout"))
        given = limit.total_seconds() * 1000 if limit else 0
        severity: Severity
        if given and time and given <= time:
            what, severity = f"a request takes {time:g} ms", "error"
        elif given and promise and given < promise:
            what, severity = f"clients were promised 99 % within {promise:g} ms", "warning"
        else:
            continue
        name = f"{family(route)}_read_timeout"
        message = f"`{name} {setting(route, 'read_timeout')}` is all that a server of {pool.name} has to answer, and {what} (poise.toml)"
        why = "ordinary requests get 504, and each counts as a failure that bans its server"
        remedy = f"Set `{name}` to several times {time or promise:g} ms"
        yield RULE.found(topology, place(route, "read_timeout"), message, why, remedy, pool=pool.name, severity=severity)
        return


def _envoy(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    want = needs.of(pool.name)
    time, promise = want.service_time_ms, want.objectives.latency_p99_ms
    for _, route in ways(pool, topology) if time or promise else ():
        limits = {
            "timeout": route_timeout(route),
            "retry_policy.per_try_timeout": envoy_span(route.options.get("retry_policy.per_try_timeout")),
        }
        for path, limit in limits.items():
            if not limit:
                continue
            given, name = limit.total_seconds() * 1000, path.rpartition(".")[2]
            severity: Severity
            if time and given <= time:
                what, severity = f"a request takes {time:g} ms", "error"
            elif promise and given < promise:
                what, severity = f"clients were promised 99 % within {promise:g} ms", "warning"
            else:
                continue
            message = f"{pool.name} gives a server {duration(limit)} to answer (`{name}`), and {what} (poise.toml)"
            why = "ordinary requests get 504 or are sent again, and the servers do work that nobody receives"
            remedy = f"Set `{name}` to several times {time or promise:g} ms"
            yield RULE.found(topology, at(route, path), message, why, remedy, pool=pool.name, severity=severity)
            return


RULE = Rule(
    "server-timeout-too-short",
    "server-timeout",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("server-errors",),
)
