"""A short hiccup takes a server out for a long time.

## What it finds
nginx's `fail_timeout` above two minutes on a server of a pool of two or more whose failures count: a warning, an error from ten minutes
on.
In Envoy `base_ejection_time` or `interval` of outlier detection from ten minutes on (a warning), an error from an hour on: Envoy looks
once an `interval` who may come back.

## Why it hurts
`fail_timeout` is both the time in which `max_fails` failures must come and the time that the server is out after them. There is no check
that brings it back earlier: with the default of one failure a single broken connection costs an hour of a server's capacity, and a network
hiccup of a second that all servers saw costs an hour of 502.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080 fail_timeout=1h;
    server 10.0.0.2:8080 fail_timeout=1h;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      base_ejection_time: 3600s
      max_ejection_percent: 50
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=3 fail_timeout=30s;
    server 10.0.0.2:8080 max_fails=3 fail_timeout=30s;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      base_ejection_time: 30s
      max_ejection_percent: 50
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
High: the manual says so, and nginx 1.22 answered 502 until the time was over.

## See also
[nginx: fail_timeout](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#fail_timeout) · `failures-not-counted` · [Envoy:
base_ejection_time](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/outlier_detection.proto)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import number, outlier, place
from poise.rules.nginx_ways import alive, counted
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span
from poise.rules.words import count, duration, listing

LONG, FAR_TOO_LONG = timedelta(minutes=2), timedelta(minutes=10)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    servers = alive(pool)
    slow = [s for s in servers if counted(s) and s.fail_timeout and s.fail_timeout > LONG]
    if len(servers) < 2 or not slow:
        return
    worst = max(slow, key=lambda s: s.fail_timeout or LONG)
    span = worst.fail_timeout or LONG
    fails = count(worst.max_fails or 1, "failed attempt")
    message = f"{fails} takes {listing(s.name for s in slow)} of {pool.name} out for {duration(span)} (fail_timeout)"
    if (worst.max_fails or 1) > 1:
        message = message.replace(" takes ", " take ", 1)
    why = "nothing brings it back earlier: the others carry its share all that time, and a hiccup that all meet ends in 502 for everyone"
    remedy = "Write `max_fails=3 fail_timeout=10s`"
    place = slow[0].places.get("fail_timeout", slow[0].location)
    severity: Severity = "error" if span >= FAR_TOO_LONG else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=slow[0].name, severity=severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    own = "outlier_detection"
    times = {name: envoy_span(pool.options.get(f"{own}.{name}")) or timedelta() for name in ("base_ejection_time", "interval")}
    name = max(times, key=lambda each: times[each])
    out = times[name]
    passive = outlier(pool, topology) if out >= FAR_TOO_LONG else None
    if passive is None or not passive.ejects or (len(pool.servers) < 2 and not pool.discovered):
        return
    counters = [each for each in passive.enforced if each.startswith("consecutive_")]
    fails = min((int(number(pool.options, f"{own}.{each}", 5)) for each in counters), default=5)
    verb = "takes" if fails == 1 else "take"
    message = f"{count(fails, 'bad answer')} in a row {verb} a server of {pool.name} out for {duration(out)} or longer (`{name}`)"
    why = "the others carry its share all that time, and each further ejection lasts longer"
    remedy = "Write `base_ejection_time: 30s`, which is the default and grows with each ejection, and `interval: 10s`"
    severity: Severity = "error" if out >= timedelta(hours=1) else "warning"
    yield RULE.found(topology, place(pool, f"{own}.{name}"), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("long-fail-timeout", "traffic-pinned", "error", "high", Pool, check, __doc__, products=("nginx", "envoy"))
