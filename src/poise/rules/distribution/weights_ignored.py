"""Servers have weights and the algorithm does not look at them.

## What it finds
Clusters with `lb_policy: RANDOM` whose endpoints have different weights.

## Why it hurts
RANDOM draws every host with the same probability: measured with 100/1/1, each of three got a third. A server that was given a small part
because it is small, new or being drained gets the same as all others.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: RANDOM
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
          load_balancing_weight: 4
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
          load_balancing_weight: 4
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          load_balancing_weight: 1
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: LEAST_REQUEST
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          load_balancing_weight: 1
```

## How sure
High: measured on Envoy 1.40. Equal weights are silent.

## See also
[Envoy: random](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#random) ·
`uneven-weights`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import percent, slashed


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its policy: the weights are what somebody wants."""
    weights = [s.weight for s in pool.servers]
    if pool.algorithm.name != "RANDOM" or len(set(weights)) < 2 or min(weights) < 1:
        return
    even = 1 / len(weights)
    odd = max(pool.servers, key=lambda s: abs(s.weight / sum(weights) - even))
    meant = odd.weight / sum(weights)
    message = f"the weights of {pool.name}, {slashed(weights)}, have no effect: RANDOM ignores them"
    why = f"{odd.name} gets {percent(even)} of the requests where its weight asks for {percent(meant)}"
    remedy = f"Use `lb_policy: ROUND_ROBIN` or LEAST_REQUEST in {pool.name}, or remove the weights"
    place = pool.algorithm.location or odd.spots.weight or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=odd.name)


RULE = Rule(
    "weights-ignored",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps the split that the weights ask for; RANDOM itself is even",
)
