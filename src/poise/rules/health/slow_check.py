"""Health checks that take minutes to notice a dead server.

## What it finds
Servers whose `inter` × `fall` is above 30 seconds (a warning) or above 60 seconds (an error). With `fastinter` the checks after the first
failure count at that pace. In Envoy `interval` × `unhealthy_threshold`: above 30 seconds information, above 60 an error; a warning where
outlier detection would notice first.

## Why it hurts
Until the check has failed `fall` times the dead server keeps its share. One of four servers and ten minutes are a quarter of ten minutes'
requests.

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
    timeout check 2s
    server app1 10.0.0.1:8080 check inter 200s fall 3
    server app2 10.0.0.2:8080 check inter 2s fall 3
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 60s
      unhealthy_threshold: 5
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
    timeout check 2s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check inter 20s fastinter 1s fall 3
    server app2 10.0.0.2:8080 check inter 2s fall 3
```
```envoy
static_resources:
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
High for the time; a check that times out takes longer still. Every 2 s, three times, is HAProxy's default. Envoy counts an answer that is
not expected (503 instead of 200) as down at once, whatever the threshold: the time is that of a server that refuses or hangs.

## See also
[HAProxy: inter](https://docs.haproxy.org/2.8/configuration.html#5.2-inter) ·
[fall](https://docs.haproxy.org/2.8/configuration.html#5.2-fall) · [Envoy:
HealthCheck](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_ways import outlier, place, times
from poise.rules.pools import place_at
from poise.rules.rule import Rule
from poise.rules.spans import haproxy_span
from poise.rules.words import duration, listing, percent

SLOW = timedelta(seconds=30)
BLIND = timedelta(seconds=60)
# Up to here the pause between two checks is not what makes them slow.
ORDINARY = timedelta(seconds=10)


def _notices_after(server: Server) -> timedelta:
    if server.check is None:
        return timedelta(0)
    fast = haproxy_span(server.options.get("fastinter", "")) or server.check.interval
    return server.check.interval + (server.check.fall - 1) * fast


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its slowest server; all that are as slow are named."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    servers = [s for s in pool.servers if s.check and s.role != "disabled"]
    slow = [s for s in servers if _notices_after(s) > SLOW]
    if not slow or len(pool.servers) < 2:
        return
    worst = max(slow, key=_notices_after)
    after = _notices_after(worst)
    assert worst.check is not None
    total = sum(s.weight for s in pool.servers if s.role == "active")
    share = worst.weight / total if total and worst.role == "active" else 0.0
    fast = (after - worst.check.interval) / max(worst.check.fall - 1, 1)
    how = f"{duration(worst.check.interval)} × {worst.check.fall}"
    if fast != worst.check.interval and worst.check.fall > 1:
        how = f"{duration(worst.check.interval)} + {worst.check.fall - 1} × {duration(fast)}"
    message = f"{listing(s.name for s in slow)} of {pool.name}: a dead server is noticed after {duration(after)} ({how})"
    why = f"for {duration(after)} the dead server keeps its share, {percent(share)} of {pool.name}'s requests for {worst.name}"
    remedy = "Set `inter 2s fall 3`; if checks are costly, keep `inter` and add `fastinter 1s`"
    where = place_at(worst, *(("inter", "fall") if worst.check.interval > ORDINARY else ("fall", "inter")), "check")
    severity: Severity = "error" if after > BLIND else "warning"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """Every endpoint is checked in the same way, and a cluster of DNS or discovery may have more of them than are written."""
    one = next((s.check for s in pool.servers if s.check), None)
    if one is None or (len(pool.servers) < 2 and not pool.discovered):
        return
    after = times(one.interval, one.fall)
    if after <= SLOW:
        return
    passive = outlier(pool, topology)
    severity: Severity = "info" if after <= BLIND else "warning" if passive and passive.ejects else "error"
    message = f"{pool.name} notices a dead server after {duration(after)} ({duration(one.interval)} × {one.fall})"
    why = f"for {duration(after)} a dead server keeps its share, one in {max(len(pool.servers), 2)} requests if it is even"
    remedy = "Set `interval: 5s`, `unhealthy_threshold: 3`"
    if passive is None:
        remedy += "; add `outlier_detection`, which notices at the first requests"
    slow = "interval" if one.interval > ORDINARY else "unhealthy_threshold"
    where = place(pool, f"health_checks.0.{slow}", "health_checks.0")
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "slow-check", "server-down", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"), also=("restart-without-drain",)
)
