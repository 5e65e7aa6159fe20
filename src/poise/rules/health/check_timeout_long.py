"""A server that hangs is noticed late, because its check may wait long for an answer.

## What it finds
Checked pools whose `timeout check` makes the time to notice a hanging server, `fall` × (`inter` + `timeout check`), longer than 30 seconds
(a warning) or 60 seconds (an error).
In Envoy `unhealthy_threshold` × (`interval` + `timeout`): a warning above two minutes, information above one.

## Why it hurts
A server that accepts connections and never answers fails a check only after `timeout check`. Measured with `inter 1s fall 2`: 1.2 s
without `timeout check`, where `inter` limits the check, and 20 s with `timeout check 20s`. Until then it keeps its share.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout check 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 60s
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
    timeout check 3s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
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
High for the time. Without `timeout check` a check ends after `inter`, however long `timeout connect` is.

## See also
[HAProxy: timeout check](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20check) · `slow-check`· [Envoy:
HealthCheck](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import place, times
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule
from poise.rules.words import duration

SLOW = timedelta(seconds=30)
BLIND = timedelta(seconds=60)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at `timeout check`."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    wait = pool.timeouts.check
    checked = [s for s in in_use(pool) if s.check]
    if not wait or not checked or len(in_use(pool)) < 2:
        return
    worst = max(checked, key=lambda s: s.check.fall if s.check else 0)
    assert worst.check is not None
    after = worst.check.fall * (worst.check.interval + wait)
    # What `inter` alone makes slow is the business of slow-check.
    if after <= SLOW or worst.check.fall * worst.check.interval > SLOW:
        return
    message = (
        f"a server of {pool.name} that hangs is noticed after {duration(after)}: "
        f"`timeout check {duration(wait)}`, `fall {worst.check.fall}`"
    )
    why = f"it accepts connections and answers nothing: its share of the requests waits and fails for {duration(after)}"
    remedy = f"Set `timeout check` of {pool.name} to 2s or 3s"
    severity: Severity = "error" if after > BLIND else "warning"
    yield RULE.found(topology, place_of(pool, "timeout check"), message, why, remedy, pool=pool.name, severity=severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    one = next((s.check for s in pool.servers if s.check), None)
    if one is None or not one.timeout or (len(pool.servers) < 2 and not pool.discovered):
        return
    # The next check begins `interval` after the last one ended.
    after = times(one.interval + one.timeout, one.fall)
    if after <= BLIND or times(one.interval, one.fall) > SLOW:
        return
    message = f"a server of {pool.name} that hangs is noticed after {duration(after)}: each check waits {duration(one.timeout)}"
    why = f"it accepts connections and answers nothing: its share of the requests waits and fails for {duration(after)}"
    remedy = "Set the check's `timeout` to 1s or 2s"
    severity: Severity = "warning" if after > 2 * BLIND else "info"
    yield RULE.found(topology, place(pool, "health_checks.0.timeout"), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("check-timeout-long", "server-down", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"))
