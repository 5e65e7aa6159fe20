"""The time for a second attempt is over before the first one fails.

## What it finds
nginx's `proxy_next_upstream_timeout` (stream: the same) that is not longer than `proxy_connect_timeout`, both written, in a pool of two or
more servers.
In Envoy a `per_try_timeout` that is not shorter than the route's `timeout` (15 s by default), or a cluster's `connect_timeout` that is not.
No `per_try_timeout` at all is information: a server that hangs uses up the whole time.

## Why it hurts
nginx asks the next server only while the window is open. A server that drops packets, as a machine that lost its power does, fails after
the connect timeout: by then the window is closed, and the client gets 504 although another server stands ready.

Envoy's `timeout` covers all attempts. Measured on 1.40 with servers that answer after three seconds and `timeout: 1s`: one attempt and 504
with a `per_try_timeout` of one second or more, or none; three attempts with 0.2 s.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 10s;
        proxy_next_upstream_timeout 5s;
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
                  retry_policy: {retry_on: "5xx", num_retries: 2, per_try_timeout: 5s}
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

## Good
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 2s;
        proxy_next_upstream_timeout 5s;
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
                  timeout: 5s
                  retry_policy: {retry_on: "5xx", num_retries: 2, per_try_timeout: 2s}
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

## How sure
High: arithmetic. A refused connection fails at once and is still repeated.

## See also
[nginx: proxy_next_upstream_timeout](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_timeout) ·
`long-connect-timeout` · [Envoy:
per_try_timeout](https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.envoy_ways import CONNECT_TIMEOUT, at, route_timeout, shared
from poise.rules.envoy_ways import retries as repeats
from poise.rules.envoy_ways import several as has_others
from poise.rules.nginx_ways import alive, attempts, family, setting, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span, nginx_span
from poise.rules.words import duration, listing


def _too_short(pool: Pool, route: Route) -> bool:
    window, connect = nginx_span(setting(route, "next_upstream_timeout")), nginx_span(setting(route, "connect_timeout"))
    return bool(window and connect and window <= connect) and len(alive(pool)) > 1 and attempts(route, pool) > 1


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where the window is written."""
    if topology.product == "envoy":
        yield from _envoy(topology)
        return
    for location, route, pools in wrong_places(topology, "next_upstream_timeout", _too_short, written=("next_upstream_timeout",)):
        window, connect = nginx_span(setting(route, "next_upstream_timeout")), nginx_span(setting(route, "connect_timeout"))
        if window is None or connect is None:
            continue
        name = family(route)
        message = (
            f"`{name}_next_upstream_timeout` of {duration(window)} is over before {name}_connect_timeout ({duration(connect)}) "
            f"tells that a server of {listing(p.name for p in pools)} is gone"
        )
        why = "a server that drops packets is never replaced: its share of the requests gets 504"
        remedy = f"Lower {name}_connect_timeout to a second or two, or raise {name}_next_upstream_timeout above it"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools))


HANGING = ("5xx", "gateway-error", "reset", "deadline-exceeded", "unavailable")


def _envoy(topology: Topology) -> Iterable[Finding]:
    def wrong(pool: Pool, route: Route) -> str | None:
        """Which part of the time is too long for the whole."""
        whole, each = route_timeout(route), envoy_span(route.options.get("retry_policy.per_try_timeout")) or None
        conditions = repeats(route)[0]
        if not conditions or whole is None or not has_others(pool):
            return None
        if each and each >= whole:
            return "per_try_timeout"
        if (pool.timeouts.connect or CONNECT_TIMEOUT) >= whole and not each:
            return "connect_timeout"
        return None if each or not any(word in HANGING for word in conditions) else "none"

    for location, route, pools in shared(topology, "retry_policy", wrong):
        whole, kind = route_timeout(route), wrong(pools[0], route)
        if whole is None:
            continue
        severity: Severity = "info" if kind == "none" else "warning"
        whose = listing(p.name for p in pools)
        if kind == "connect_timeout":
            connect = pools[0].timeouts.connect or CONNECT_TIMEOUT
            message = (
                f"requests to {whose} are over after {duration(whole)}, "
                f"and a lost server is told after {duration(connect)} (connect_timeout)"
            )
        elif kind == "none":
            message = f"retries to {whose} have no `per_try_timeout`: the first attempt may use up all {duration(whole)}"
        else:
            each = route.options["retry_policy.per_try_timeout"]
            message = (
                f"`per_try_timeout: {each}` of {whose} is not shorter than the route's timeout of {duration(whole)}: "
                "a slow attempt is the last"
            )
        where = at(route, "retry_policy.per_try_timeout") if kind == "per_try_timeout" else location
        why = "a server that hangs or drops packets is never replaced: its share of the requests gets 504"
        remedy = "Set `per_try_timeout` to a part of the route's `timeout`, so that all attempts fit, and `connect_timeout: 1s`"
        yield RULE.found(topology, where, message, why, remedy, pool=pools[0].name if len(pools) == 1 else None, severity=severity)


RULE = Rule("retry-window-too-short", "server-down", "warning", "high", Topology, check, __doc__, products=("nginx", "envoy"))
