"""A locality has no weight and so gets nothing.

## What it finds
Clusters with `locality_weighted_lb_config` where some localities of a priority have a `load_balancing_weight` and one with hosts has none.
Where none has one the setting changes nothing, which is silent.

## Why it hurts
A locality without a weight gets no requests at all: measured, 100/0/0. Its hosts stand healthy and idle, the others carry everything, and
when they fail nothing goes over.

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
        lb_endpoints:
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
        load_balancing_weight: 34
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
      - locality: {zone: zb}
        load_balancing_weight: 66
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
High: measured on Envoy 1.40, with ROUND_ROBIN and MAGLEV.

## See also
[Envoy: locality weighted load balancing](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/locality_weight)
· `locality-weights-ignored`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import locality_weighted
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import count, verb


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per locality that gets nothing."""
    if not locality_weighted(pool):
        return
    weighed = {locality.priority for locality in pool.localities if locality.weight and locality.servers}
    for locality in pool.localities:
        if locality.weight or not locality.servers or locality.priority not in weighed:
            continue
        name = locality.name or "a locality without a name"
        message = f"{name} of {pool.name} has no load_balancing_weight and gets no requests"
        hosts = len(locality.servers)
        why = f"its {count(hosts, 'host')} of {len(pool.servers)} {verb(hosts, 'stand')} idle, and the others carry everything"
        remedy = f"Give every locality of {pool.name} a weight, such as its number of hosts"
        yield RULE.found(topology, locality.location, message, why, remedy, pool=pool.name, server=locality.servers[0])


RULE = Rule(
    "locality-without-weight",
    "traffic-pinned",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
)
