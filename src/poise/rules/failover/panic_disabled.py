"""Panic is switched off, so a few survivors get everything.

## What it finds
Clusters of two or more hosts whose health is watched, with `healthy_panic_threshold` 0 (an empty value is 0 too), or the same in the
runtime. Information where a lower priority takes over. Silent where the check asks for a role that one host has (`/primary`).

## Why it hurts
Panic spreads requests over all hosts when most look unhealthy, since then the check is as likely wrong as the hosts. Without it the last
healthy host gets the traffic of all, and falls too; when none is healthy every request gets 503, even where the hosts could serve.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 0}
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
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 30}
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
High for what happens (measured: 503 with all hosts unhealthy); some want exactly that, such as a service that must not get stray requests:
accept it then.

## See also
[Envoy: panic threshold](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold) ·
`panic-too-early`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import health_can_change, panic, role_asked
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the threshold."""
    threshold, written, where = panic(pool, topology)
    if threshold > 0 or not written or not health_can_change(pool) or (len(pool.servers) < 2 and not pool.discovered):
        return
    if role_asked(pool):
        return  # all hosts but one fail such a check while all is well
    severity: Severity = "info" if len(by_priority(pool)) > 1 else "warning"
    message = f"the panic threshold of {pool.name} is 0: health decides even when nearly every host is unhealthy"
    why = "the last healthy host gets everything; with none left every request gets 503, though a wrong check looks the same"
    remedy = f"Leave the threshold of {pool.name} at 50, or lower it to the part of the hosts that can carry the peak"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "panic-disabled",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps the survivors from being crushed, and wrong checks from stopping everything",
)
