"""Panic begins so early that unhealthy hosts get requests after one loss.

## What it finds
Clusters of one priority whose health is watched, with a `healthy_panic_threshold` above 50: an error from 72 on, where panic begins as soon
as the overprovisioning factor no longer covers the loss, else information.

## Why it hurts
In panic Envoy ignores health and sends every host its part, dead ones included. At a threshold of 100 one dead host of three is enough:
a third of the requests goes to it (measured). Of four hosts it takes two.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 100}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 50}
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
High: measured on Envoy 1.40. With priorities behind it panic waits until these cannot carry the rest either, so it stays silent.

## See also
[Envoy: panic threshold](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold) ·
[overprovisioning](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/overprovisioning) ·
`panic-disabled`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import health_can_change, losses_until_panic, panic
from poise.rules.rule import Rule
from poise.rules.words import count


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the threshold."""
    threshold, written, where = panic(pool, topology)
    if not written or threshold <= 50 or not health_can_change(pool) or len(by_priority(pool)) > 1:
        return
    if len(pool.servers) < 2 and not pool.discovered:
        return
    lost = losses_until_panic(pool, threshold) if len(pool.servers) > 1 and not pool.discovered else None
    after = f"once {count(lost, 'host')} of {len(pool.servers)} {'is' if lost == 1 else 'are'} unhealthy" if lost else "early"
    severity: Severity = "error" if threshold >= 72 else "info"
    message = f"at a panic threshold of {threshold:g} % {pool.name} ignores health {after}"
    why = "the unhealthy hosts get their full share again, and every request to them fails"
    remedy = f"Leave the threshold of {pool.name} at 50, or set it to the part of the hosts that can carry the peak"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "panic-too-early",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps requests away from hosts that are known to be unhealthy",
)
