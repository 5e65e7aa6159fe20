"""The overprovisioning factor keeps traffic on a failing priority for too long.

## What it finds
An `overprovisioning_factor` of 200 or more in clusters of two or more priorities, or with weighted localities; an error from 300 on.

## Why it hurts
A priority or locality keeps all its traffic until the part of its hosts that is healthy, times the factor, falls below 100 %. At 1000
nine of ten hosts may be gone before anything goes over: the last one gets ten times its load while the next priority stands idle.

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
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      policy: {overprovisioning_factor: 1000}
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
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
      policy: {overprovisioning_factor: 140}
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
High for the arithmetic (measured: one of two hosts left at 1000 keeps 100 %). Factors below 140 move traffic earlier and are silent.

## See also
[Envoy: overprovisioning factor](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/overprovisioning) ·
[priority levels](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority)
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority, locality_weighted, overprovisioning_percent
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.rule import Rule

# From here on less than one of a hundred hosts is enough: no host at all, in all but the largest clusters.
MOST_TOLD = 10_000


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the factor."""
    factor = overprovisioning_percent(pool)
    if factor < 200 or (len(by_priority(pool)) < 2 and not locality_weighted(pool)):
        return
    severity: Severity = "error" if factor >= 300 else "warning"
    groups = [each.servers for each in pool.localities] if locality_weighted(pool) else by_priority(pool)
    hosts = 0 if pool.discovered else max(map(len, groups), default=0)
    last = 0 < hosts <= factor / 100
    until = "none" if last or factor > MOST_TOLD else f"less than {100 / factor:.0%}"
    message = f"{pool.name} moves traffic away only when {until} of a priority's hosts are healthy (factor {factor})"
    most = f"{hosts}" if last else f"{factor / 100:.3g}" if factor <= MOST_TOLD else "many"
    why = f"until then each healthy host carries up to {most} times its load while others stand idle"
    remedy = f"Lower `overprovisioning_factor` of {pool.name} to the load that its hosts can bear; 140 is the default"
    place_of = place(pool, path_of(pool, "policy.overprovisioning_factor"))
    yield RULE.found(topology, place_of, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "failover-too-late",
    "surge",
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
)
