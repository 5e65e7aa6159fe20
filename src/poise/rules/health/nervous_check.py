"""A single lost check packet takes a server out of rotation.

## What it finds
Servers with `fall 1` that are checked more often than once a second; checks that take a server out in less than half a second, that are
less than 100 ms apart, or that give it less than 100 ms to answer and take it out at the first or second time. In Envoy
`unhealthy_threshold: 1` at such an interval, or at most 2 with a `timeout` below a tenth of a second.

## Why it hurts
One dropped packet or one garbage collection counts as a death: servers leave and come back, their share jumps to the others, and under
load they follow.

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
    server app1 10.0.0.1:8080 check inter 200ms fall 1
    server app2 10.0.0.2:8080 check inter 200ms fall 1
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 0.2s
      interval: 0.2s
      unhealthy_threshold: 1
      healthy_threshold: 1
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
    server app1 10.0.0.1:8080 check inter 200ms fall 3
    server app2 10.0.0.2:8080 check inter 200ms fall 3
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 0.2s
      interval: 0.2s
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
Medium: on a quiet local network it may never matter.

## See also
[HAProxy: fall](https://docs.haproxy.org/2.8/configuration.html#5.2-fall) · [Envoy:
HealthCheck](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto) · `slow-check`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import HealthCheck, Pool, Topology
from poise.rules.envoy_ways import place
from poise.rules.pools import place_at, place_of
from poise.rules.rule import Rule
from poise.rules.words import duration, listing

SECOND, BLINK = timedelta(seconds=1), timedelta(milliseconds=100)


def _nervous(one: HealthCheck, wait: timedelta | None) -> bool:
    hasty = one.fall <= 2 and wait is not None and wait < BLINK
    return (one.fall == 1 and one.interval < SECOND) or one.interval * min(one.fall, 10) < SECOND / 2 or one.interval < BLINK or hasty


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    wait = pool.timeouts.check
    nervous = [s for s in pool.servers if s.check and s.role != "disabled" and _nervous(s.check, wait)]
    if not nervous or nervous[0].check is None:
        return
    first = nervous[0].check
    failed = "one failed check" if first.fall == 1 else f"{first.fall} failed checks"
    apart = f", {duration(first.interval)} apart," if first.interval < SECOND else f" of {duration(wait or first.interval)}"
    message = f"{listing(s.name for s in nervous)} of {pool.name}: {failed}{apart} take{'s' if first.fall == 1 else ''} a server out"
    why = "servers flap: each time the others carry the share of the one that left"
    remedy = "Set `inter 1s fall 3`: that still notices a death within 3 s"
    where = place_at(nervous[0], *(("fall", "inter") if first.fall < 3 else ("inter",)), "check")
    if first.interval >= SECOND:
        remedy = "Set `timeout check` above the slowest answer of a healthy server, such as 2s"
        where = place_of(pool, "timeout check")
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, server=nervous[0].name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    one = next((s.check for s in pool.servers if s.check), None)
    if one is None or (len(pool.servers) < 2 and not pool.discovered):
        return
    hasty = one.fall <= 2 and one.timeout is not None and one.timeout < BLINK
    if not hasty and not (one.fall == 1 and one.interval < SECOND):
        return
    what = f"answers slower than {duration(one.timeout or one.interval)}" if hasty else f"failed checks, {duration(one.interval)} apart,"
    message = f"{pool.name}: {one.fall} {what} take a server out"
    if one.fall == 1:
        message = message.replace("answers", "answer").replace("failed checks", "failed check").replace(" take ", " takes ")
    why = "servers flap: each time the others carry the share of the one that left, and when half are out Envoy ignores the checks"
    remedy = "Set `unhealthy_threshold: 3`, and a `timeout` above the slowest answer of a healthy server"
    where = place(pool, f"health_checks.0.{'timeout' if hasty else 'unhealthy_threshold'}", "health_checks.0")
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name)


RULE = Rule(
    "nervous-check", "server-down", "warning", "medium", Pool, check, __doc__, products=("haproxy", "envoy"), also=("deep-health-check",)
)
