"""Priorities are not numbered without gaps from 0.

## What it finds
Clusters whose priorities skip a number, or begin above 0.

## Why it hurts
Envoy 1.40 takes the gap as an empty level and goes on (measured), but its documentation asks for levels without gaps: a missing level is
mostly a group that was meant to be there, or a number that was mistyped.

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
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - priority: 2
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
High that it is there; traffic is split as without the gap, so it is information.

## See also
[Envoy: priority levels](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority)
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first group behind a gap."""
    found = [level[0].priority for level in by_priority(pool)]
    missing = next((number for number in range(len(found)) if found[number] != number), None)
    if missing is None:
        return
    behind = next((each.location for each in pool.localities if each.priority == found[missing] and each.servers), pool.location)
    message = f"{pool.name} has hosts at priority {found[missing]} and none at {missing}"
    why = "a level that was meant to take over first does not exist"
    remedy = f"Number the priorities of {pool.name} from 0 without gaps, or add the missing group"
    yield RULE.found(topology, behind, message, why, remedy, pool=pool.name)


RULE = Rule(
    "priority-gap",
    None,
    "info",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it shows a group that is missing; Envoy itself passes over the gap",
)
