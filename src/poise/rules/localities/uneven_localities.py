"""A locality gets far more or less than its hosts can carry.

## What it finds
Clusters with `locality_weighted_lb_config` where a host of one locality gets three times or more what a host of another one gets, or twice
its fair share.

## Why it hurts
The locality's weight is divided by its hosts. Two localities of equal weight with one and nine hosts give the one host half of all
requests: it saturates, and every host stays healthy.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 50}
      locality_weighted_lb_config: {}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - locality: {zone: za}
        load_balancing_weight: 50
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
      - locality: {zone: zb}
        load_balancing_weight: 50
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.5, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 50}
      locality_weighted_lb_config: {}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - locality: {zone: za}
        load_balancing_weight: 20
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
      - locality: {zone: zb}
        load_balancing_weight: 80
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.5, port_value: 8080}}}
```

## How sure
High for the shares. A canary locality that gets far less than its part overloads nobody: information.

## See also
[Envoy: locality weighted load balancing](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/locality_weight)
· `uneven-weights`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import locality_weighted
from poise.model.finding import Finding, Severity
from poise.model.locality import Locality
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import localities_by_priority
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the weight of the locality whose hosts are furthest from a fair share."""
    if not locality_weighted(pool):
        return
    for level in localities_by_priority(pool):
        group = [each for each in level if (each.weight or 0) > 0]
        if len(group) < 2:
            continue
        total, hosts = sum(each.weight or 0 for each in group), sum(len(each.servers) for each in group)
        load = {index: _per_host(each) * hosts / total for index, each in enumerate(group)}
        most, least = max(load.values()), min(load.values())
        if most < 2 and most / least < 3:
            continue
        severity: Severity = "error" if most >= 2 else "info"
        index = max(load, key=lambda i: load[i] if most >= 2 else 1 / load[i])
        worst = group[index]
        name = worst.name or "a locality without a name"
        share = percent(_per_host(worst) / total)
        message = f"each host of {name} gets {share} of {pool.name}'s requests, {load[index]:.2g} times its fair share"
        why = f"{name} has weight {worst.weight} of {total} and {len(worst.servers)} of {hosts} hosts"
        remedy = f"Weigh the localities of {pool.name} by the number and size of their hosts"
        yield RULE.found(topology, worst.weight_location or worst.location, message, why, remedy, pool=pool.name, severity=severity)
        return


def _per_host(locality: Locality) -> float:
    return (locality.weight or 0) / len(locality.servers)


RULE = Rule(
    "uneven-localities",
    "uneven-weights",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
)
