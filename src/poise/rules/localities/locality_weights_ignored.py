"""Localities have weights and the cluster does not look at them.

## What it finds
Two or more localities of one priority with `load_balancing_weight`, in a cluster without `locality_weighted_lb_config` (or the policy
wrr_locality), where the weights ask for another split than the number of hosts.

## Why it hurts
Without that setting Envoy shares by hosts alone: localities weighted 90/10 with one and two hosts got 33 and 67 % (measured). A zone that
was to get little gets the most.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
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
      - locality: {zone: za}
        load_balancing_weight: 90
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
      - locality: {zone: zb}
        load_balancing_weight: 10
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
        load_balancing_weight: 60
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - locality: {zone: zb}
        load_balancing_weight: 40
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
High: measured on Envoy 1.40, and the documentation says that weights are ignored otherwise.

## See also
[Envoy: locality weighted load balancing](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/locality_weight)
· `locality-without-weight`
"""

from collections.abc import Iterable, Sequence

from poise.balancers.envoy.priorities import locality_weighted
from poise.model.finding import Finding
from poise.model.locality import Locality
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import localities_by_priority
from poise.rules.rule import Rule
from poise.rules.words import percent, slashed


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, where the setting is missing or at a weight that has no effect."""
    if locality_weighted(pool) or any("WrrLocality" in value for path, value in pool.options.items() if path.endswith("@type")):
        return
    for group in localities_by_priority(pool):
        weighed = [locality for locality in group if locality.weight is not None]
        if len(group) < 2 or not weighed or not _another_split(group):
            continue
        total, hosts = sum(locality.weight or 0 for locality in group), sum(len(locality.servers) for locality in group)
        first = max(weighed, key=lambda each: abs((each.weight or 0) / total - len(each.servers) / hosts))
        meant, gets = (first.weight or 0) / total, len(first.servers) / hosts
        name = first.name or "a locality without a name"
        message = f"the locality weights of {pool.name}, {slashed([each.weight or 0 for each in group])}, have no effect"
        why = f"{name} gets {percent(gets)} of the requests, by its hosts, where its weight asks for {percent(meant)}"
        remedy = f"Add `common_lb_config: {{locality_weighted_lb_config: {{}}}}` to {pool.name}, or remove the weights"
        yield RULE.found(topology, _place(pool, first), message, why, remedy, pool=pool.name)
        return


def _place(pool: Pool, first: Locality) -> Location:
    """Endpoints of EDS are written by another hand: what is missing then is missing in the cluster."""
    weight = first.weight_location or first.location
    here = weight if weight.file == pool.location.file else pool.algorithm.location or pool.location
    return pool.places.get("common_lb_config", here)


def _another_split(group: Sequence[Locality]) -> bool:
    """Whether the weights ask for shares that are two points or more off those by number of hosts."""
    total, hosts = sum(locality.weight or 0 for locality in group), sum(len(locality.servers) for locality in group)
    return total > 0 and any(abs((each.weight or 0) / total - len(each.servers) / hosts) >= 0.02 for each in group)


RULE = Rule(
    "locality-weights-ignored",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps the split among zones that the weights ask for",
)
