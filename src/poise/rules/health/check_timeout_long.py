"""A server that hangs is noticed late, because its check may wait long for an answer.

## What it finds
Checked pools where the checks of a hanging server wait, `fall` × `timeout check` together, longer than 30 seconds (a warning) or 60 seconds
(an error); information where they wait longer than they pause and a hang is noticed after 30 seconds. Without `timeout check` a check waits
for an answer as long as `inter` says, also at the pace of `fastinter`, whatever `timeout connect` is: information where a hang is noticed
after more than 30 seconds, a warning from a minute on.
In Envoy `unhealthy_threshold` × (`interval` + `timeout`): a warning above two minutes, information above one.

## Why it hurts
A server that accepts connections and never answers fails a check only when its time is over. Measured with `fall 3`: 10.7 s with
`inter 2s`, 17 s with `timeout check 4s` beside it, and 15 s with `inter 4s fastinter 500ms` and no `timeout check`; with `inter 3s` and
`timeout connect 30s` 18 s, and 15 s with `timeout check 2s` (2.6 and 2.8). Until then it keeps its share.

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
High for the time: at most `inter` until the next check, and then `fall` checks with their pauses. A `timeout check` of 10 s, as in the file
that Red Hat ships, is information.

## See also
[HAProxy: timeout check](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20check) · `slow-check`· [Envoy:
HealthCheck](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_ways import place, times
from poise.rules.pools import in_use, place_at, place_of
from poise.rules.rule import Rule
from poise.rules.spans import haproxy_span
from poise.rules.words import duration

SLOW = timedelta(seconds=30)
BLIND = timedelta(seconds=60)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per `timeout check`, or per pool where none is written, at the `inter` that counts instead."""
    if topology.product == "envoy":
        for pool in topology.pools:
            yield from _envoy(pool, topology)
        return
    seen: set[Location] = set()
    for pool in topology.pools:
        for found in _haproxy(pool, topology):
            if found.location not in seen:
                seen.add(found.location)
                yield found


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    used = in_use(pool)
    worst = max((s for s in used if s.check), key=lambda s: _waits(s, pool), default=None)
    if worst is None or worst.check is None or len(used) < 2:
        return
    one, wait = worst.check, pool.timeouts.check
    waiting = _waits(worst, pool)
    fast = haproxy_span(worst.options.get("fastinter", "")) or one.interval
    after = one.interval + (one.fall - 1) * fast + waiting
    # What `inter` alone makes slow, slow-check has told.
    told = one.interval + (one.fall - 1) * fast > SLOW
    if waiting <= SLOW and (after <= SLOW or (wait <= one.interval if wait else told)):
        return
    why = f"it accepts connections and answers nothing: its share of the requests waits and fails for {duration(after)}"
    if wait:
        message = (
            f"a server of {pool.name} that hangs is noticed after {duration(after)}: `timeout check {duration(wait)}`, `fall {one.fall}`"
        )
        remedy = f"Set `timeout check` of {pool.name} to 2s or 3s"
        severity: Severity = "info" if waiting <= SLOW else "error" if waiting > BLIND else "warning"
        yield RULE.found(topology, place_of(pool, "timeout check"), message, why, remedy, pool=pool.name, severity=severity)
        return
    message = (
        f"a server of {pool.name} that hangs is noticed after {duration(after)}: without `timeout check` each of {one.fall} checks waits "
        f"`inter`, {duration(one.interval)}"
    )
    remedy = f"Set `timeout check 2s` in {pool.name} or in `defaults`"
    severity = "info" if told or (waiting <= SLOW and after < BLIND) else "warning"
    yield RULE.found(topology, place_at(worst, "inter"), message, why, remedy, pool=pool.name, severity=severity)


def _waits(server: Server, pool: Pool) -> timedelta:
    """How long the checks that take a hanging server out wait for its answers."""
    return server.check.fall * (pool.timeouts.check or server.check.interval) if server.check else timedelta()


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


RULE = Rule("check-timeout-long", "server-down", "error", "high", Topology, check, __doc__, products=("haproxy", "envoy"))
