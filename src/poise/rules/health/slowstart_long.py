"""A server that comes back warms up for so long that the others carry its share meanwhile.

## What it finds
`slowstart` longer than 5 minutes (a warning; more than 30 minutes an error).
In Envoy `slow_start_window` likewise.

## Why it hurts
During `slowstart` the weight grows from nearly nothing, and the others carry the difference. In a rolling deploy or an incident the next
server leaves before the last one is back: the pool works with a fraction of its servers.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check slowstart 20m
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    round_robin_lb_config: {slow_start_config: {slow_start_window: 3600s}}
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check slowstart 60s
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    round_robin_lb_config: {slow_start_config: {slow_start_window: 60s}}
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
Medium: a cache that takes an hour to fill may need it.

## See also
[HAProxy: slowstart](https://docs.haproxy.org/2.8/configuration.html#5.2-slowstart) · `slowstart-without-effect` · [Envoy: slow
start](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import fixed, in_use
from poise.rules.rule import Rule
from poise.rules.words import duration

LONG, ABSURD = timedelta(minutes=5), timedelta(minutes=30)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the longest."""
    warming = [s for s in in_use(pool) if s.slow_start and s.slow_start > LONG]
    if not warming or fixed(pool) or len(in_use(pool)) < 2:
        return
    worst = max(warming, key=lambda s: s.slow_start or LONG)
    assert worst.slow_start is not None
    message = f"{worst.name} of {pool.name} takes {duration(worst.slow_start)} to get its full share again (`slowstart`)"
    why = "until then the others carry the difference; the next server that restarts finds the pool not whole"
    remedy = "Set `slowstart` to what the application needs to warm up, mostly 30s to 2m"
    place = worst.places.get("slowstart", worst.location)
    if topology.product == "envoy":
        message, remedy = message.replace("slowstart", "slow_start_window"), remedy.replace("slowstart", "slow_start_window")
        # Of an older setting and an extension the extension counts.
        paths = [path for path in pool.places if path.endswith(".slow_start_window")]
        path = next((path for path in paths if path.startswith("load_balancing_policy.")), paths[0] if paths else "")
        place = pool.places.get(path, worst.location)
    severity: Severity = "error" if worst.slow_start > ABSURD else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


RULE = Rule("slowstart-long", "surge", "warning", "medium", Pool, check, __doc__, products=("haproxy", "envoy"))
