"""A server that is well again stays out for minutes.

## What it finds
In HAProxy the time that `rise` checks take, the first at the pace of `downinter`, the others at that of `fastinter` (else all of `inter`),
above two minutes: information; above five minutes a warning, above half an hour an error. `rise` is 10 or more, or `downinter` is set.
In Envoy `healthy_threshold` × the interval of checks while a server is down (`unhealthy_interval`, else `interval`) above five minutes; an
error above half an hour.

## Why it hurts
After a restart or a short fault the server answers, and gets nothing until it has passed all these checks. Meanwhile the others carry its
share; when several restart in turn, as in a deployment, too few are left.

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
    default-server check inter 5s rise 100
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
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
      healthy_threshold: 200
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
    default-server check inter 5s fastinter 1s rise 10
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
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
High for the time; measured with `inter 5s fastinter 200ms rise 20`: 8.8 s. When HAProxy or Envoy start, one check is enough.

## See also
[HAProxy: rise](https://docs.haproxy.org/2.8/configuration.html#5.2-rise) · [Envoy:
healthy_threshold](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto) · `slow-check`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_ways import checks, number, place, several, times
from poise.rules.pools import in_use, place_at
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span, haproxy_span
from poise.rules.words import duration

NOTED, LONG, ABSURD = timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=30)
# From here on it is the number of checks and not the pause between them that is out of the ordinary.
MANY = 10


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its slowest server."""
    if topology.product == "haproxy":
        yield from _haproxy(pool, topology)
        return
    for each in checks(pool) if several(pool) else ():
        interval = envoy_span(pool.options.get(f"{each}.unhealthy_interval")) or envoy_span(pool.options.get(f"{each}.interval"))
        rise = int(number(pool.options, f"{each}.healthy_threshold", 1))
        after = times(interval or timedelta(), rise)
        if after <= LONG or interval is None:
            continue
        message = f"a server of {pool.name} that is well again stays out for {duration(after)} ({duration(interval)} × {rise})"
        why = "the others carry its share all that time; a deployment that restarts one after the other runs out of servers"
        remedy = "Set `healthy_threshold: 2`, and `unhealthy_interval` no longer than `interval`"
        name = (
            "unhealthy_interval"
            if rise < MANY and f"{each}.unhealthy_interval" in pool.options
            else "healthy_threshold"
            if rise >= MANY
            else "interval"
        )
        severity: Severity = "error" if after > ABSURD else "warning"
        yield RULE.found(topology, place(pool, f"{each}.{name}", each), message, why, remedy, pool=pool.name, severity=severity)
        return


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """What a long `inter` does to both directions, slow-check tells."""
    used = in_use(pool)
    unusual = (s for s in used if s.check and not s.agent_check and (s.check.rise >= MANY or "downinter" in s.options))
    worst = max(unusual, key=_returns_after, default=None)
    if worst is None or worst.check is None or len(used) < 2:
        return
    after = _returns_after(worst)
    if after <= NOTED:
        return
    message = f"{worst.name} of {pool.name}, well again, stays out for {duration(after)}: `rise {worst.check.rise}`"
    why = "the others carry its share all that time; a deployment that restarts one after the other runs out of servers"
    remedy = "Set `rise 2`, or `fastinter 1s`, which counts from the first check that passes"
    place = place_at(worst, *(("rise", "inter") if worst.check.rise >= MANY else ("downinter", "inter", "rise")), "check")
    severity: Severity = "error" if after > ABSURD else "warning" if after > LONG else "info"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


def _returns_after(server: Server) -> timedelta:
    if server.check is None:
        return timedelta()
    inter = server.check.interval
    down, fast = (haproxy_span(server.options.get(name, "")) or inter for name in ("downinter", "fastinter"))
    return down + (server.check.rise - 1) * fast if server.check.rise else timedelta()


RULE = Rule(
    "slow-return",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    because="it prevents capacity that stands idle after every restart",
)
