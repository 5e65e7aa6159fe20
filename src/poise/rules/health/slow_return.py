"""A server that is well again stays out for minutes.

## What it finds
In Envoy `healthy_threshold` × the interval of checks while a server is down (`unhealthy_interval`, else `interval`) above five minutes; an
error above half an hour.

## Why it hurts
After a restart or a short fault the server answers, and gets nothing until it has passed all these checks. Meanwhile the others carry its
share; when several restart in turn, as in a deployment, too few are left.

## Bad
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
High for the time. When Envoy starts, one check that passes is enough.

## See also
[Envoy: healthy_threshold](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto) · `slow-check`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, number, place, several, span, times
from poise.rules.rule import Rule
from poise.rules.words import duration

LONG, ABSURD = timedelta(minutes=5), timedelta(minutes=30)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    for each in checks(pool) if several(pool) else ():
        interval = span(pool.options.get(f"{each}.unhealthy_interval")) or span(pool.options.get(f"{each}.interval"))
        rise = int(number(pool.options, f"{each}.healthy_threshold", 1))
        after = times(interval or timedelta(), rise)
        if after <= LONG or interval is None:
            continue
        message = f"a server of {pool.name} that is well again stays out for {duration(after)} ({duration(interval)} × {rise})"
        why = "the others carry its share all that time; a deployment that restarts one after the other runs out of servers"
        remedy = "Set `healthy_threshold: 2`, and `unhealthy_interval` no longer than `interval`"
        name = (
            "unhealthy_interval"
            if rise < 10 and f"{each}.unhealthy_interval" in pool.options
            else "healthy_threshold"
            if rise >= 10
            else "interval"
        )
        severity: Severity = "error" if after > ABSURD else "warning"
        yield RULE.found(topology, place(pool, f"{each}.{name}", each), message, why, remedy, pool=pool.name, severity=severity)
        return


RULE = Rule(
    "slow-return",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents capacity that stands idle after every restart",
)
