"""A rate limit refuses a part of the declared peak.

## What it finds
In Envoy a local rate limit in force on a listener whose `tokens_per_fill` in `fill_interval` are fewer than the `peak_requests_per_second`
that `poise.toml` declares for a pool behind it. Needs that key. In nginx `limit_req` with a zone whose key is the same for all requests
(`$server_name`, a constant) and whose rate is below it, and such a `limit_conn` of fewer requests at once than the peak makes with
`service_time_ms`.

## Why it hurts
What is above the rate gets 429, in nginx 503. Envoy's bucket is shared by all workers of one Envoy, so each instance lets so much through,
and no more.

## Bad
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
          http_filters:
          - name: limit
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: limit
              token_bucket: {max_tokens: 100, tokens_per_fill: 100, fill_interval: 1s}
              filter_enabled: {default_value: {numerator: 100}}
              filter_enforced: {default_value: {numerator: 100}}
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
```nginx
events {}
http {
    limit_req_zone $server_name zone=all:1m rate=100r/s;
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 32;
    }
    server {
        listen 80;
        location / {
            limit_req zone=all burst=100 nodelay;
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
```
```toml
[pool.web]
peak_requests_per_second = 1000
```

## Good
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
          http_filters:
          - name: limit
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: limit
              token_bucket: {max_tokens: 2000, tokens_per_fill: 2000, fill_interval: 1s}
              filter_enabled: {default_value: {numerator: 100}}
              filter_enforced: {default_value: {numerator: 100}}
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
```nginx
events {}
http {
    limit_req_zone $server_name zone=all:1m rate=2000r/s;
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 32;
    }
    server {
        listen 80;
        location / {
            limit_req zone=all burst=100 nodelay;
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
```
```toml
[pool.web]
peak_requests_per_second = 1000
```

## How sure
High with declared figures; where several Envoys share the peak, divide it: medium.

## See also
[nginx: limit_req](https://nginx.org/en/docs/http/ngx_http_limit_req_module.html) · [Envoy: local rate
limit](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/local_rate_limit_filter)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.envoy_ways import number
from poise.rules.nginx_limits import limits
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per filter, in nginx per place of a limit."""
    if topology.product == "nginx":
        yield from _nginx(listener, topology, needs)
        return
    peaks = {route.pool: needs.of(route.pool).peak_requests_per_second or 0.0 for route in listener.routes} if needs.pool else {}
    name = max(peaks, key=lambda each: peaks[each], default=None)
    heads = [path.removesuffix(".@type") for path, value in listener.options.items() if value.endswith("local_ratelimit.v3.LocalRateLimit")]
    for head in heads if name else ():
        bucket, options = f"{head}.token_bucket", listener.options
        every = envoy_span(options.get(f"{bucket}.fill_interval"))
        on = all(number(options, f"{head}.{each}.default_value.numerator", 0) > 0 for each in ("filter_enabled", "filter_enforced"))
        if not every or not on or not name:
            continue
        rate = number(options, f"{bucket}.tokens_per_fill", 1) / every.total_seconds()
        if rate >= peaks[name]:
            continue
        message = f"{listener.name} lets {rate:g} requests a second through, and the declared peak of {name} is {peaks[name]:g}"
        why = "at the peak the rest gets 429, whatever the servers could still do"
        remedy = "Raise `tokens_per_fill` above the peak, or limit each client instead of all"
        where = listener.places.get(f"{bucket}.tokens_per_fill") or listener.places.get(f"{bucket}.fill_interval", listener.location)
        yield RULE.found(topology, where, message, why, remedy, pool=name)


def _nginx(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    seen = set()
    for route in listener.routes if needs.pool else ():
        want = needs.of(route.pool)
        peak, time = want.peak_requests_per_second, want.service_time_ms
        for limit in limits(route, topology) if peak else ():
            by_rate = limit.directive == "limit_req"
            wanted = (peak or 0.0) * (1.0 if by_rate else (time or 0.0) / 1000)
            place = route.places.get(limit.directive, route.location)
            if limit.allowed >= wanted or place in seen:
                continue
            seen.add(place)
            what = f"{limit.allowed:g} requests {'a second' if by_rate else 'at once'}"
            message = f"`{limit.directive}` of zone {limit.zone} lets {what} through, and the peak of {route.pool} is {wanted:g}"
            why = "the key is the same for all: at the peak the rest gets 503, whatever the servers could still do"
            remedy = "Raise the limit above the peak, or limit each client (`$binary_remote_addr`) instead of all"
            yield RULE.found(topology, place, message, why, remedy, pool=route.pool)


RULE = Rule(
    "rate-limit-below-peak",
    None,
    "error",
    "medium",
    Listener,
    check,
    __doc__,
    products=("nginx", "envoy"),
    because="it prevents refusals of clients that were promised an answer",
)
