"""Weights of clusters that look like percentages do not add up to 100.

## What it finds
Weighted clusters whose weights differ threefold or more, with one of 20 or more, and do not add up to 100, 1,000 or 10,000; and a
`total_weight` that is not their sum.

## Why it hurts
Each cluster gets its weight over the sum of all. 90 and 1, where 90 and 10 was meant, sends the canary 1.1 % instead of 10; a
`total_weight` of 100 changes nothing: Envoy ignores it (measured: 50 and 10 gave 83 and 17 %).

## Bad
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  weighted_clusters:
                    clusters:
                    - {name: web, weight: 90}
                    - {name: canary, weight: 1}
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
  - name: canary
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  weighted_clusters:
                    clusters:
                    - {name: web, weight: 90}
                    - {name: canary, weight: 10}
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
  - name: canary
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
Medium: small whole ratios such as 3 to 1 are silent, for they are not percentages.

## See also
[Envoy: weighted clusters](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-weightedcluster)
· `zero-weight`
"""

from collections.abc import Iterable
from itertools import groupby

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule
from poise.rules.words import percent, slashed


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per split, at the weight of its first cluster."""
    weighted = (route for route in listener.routes if route.weight is not None)
    for _, group in groupby(weighted, key=lambda route: (route.condition, route.options.get("weighted_clusters.total_weight", ""))):
        split = list(group)
        first, weights = split[0], [route.weight or 0 for route in split]
        total, said = sum(weights), first.options.get("weighted_clusters.total_weight", "")
        least = min((weight for weight in weights if weight), default=0)
        percentages = least and max(weights) >= max(20, 3 * least) and total not in (100, 1000, 10000)
        wrong = _counts(said) and int(said) not in (0, total)
        at_run_time = "weighted_clusters.runtime_key_prefix" in first.options
        if len(split) < 2 or not total or at_run_time or not (percentages or wrong):
            continue
        shares = ", ".join(f"{route.pool} {percent(weight / total)}" for route, weight in zip(split[:4], weights, strict=False))
        message = f"the weights {slashed(weights)} add up to {total}" + (f", not to the total_weight {said}" if wrong else ", not to 100")
        why = f"the shares are {shares}"
        remedy = "Correct the weights so that they add up to 100" + (", and remove `total_weight`, which Envoy ignores" if wrong else "")
        yield RULE.found(topology, first.places.get("weight", first.location), message, why, remedy, pool=first.pool)


def _counts(said: str) -> bool:
    # A number of 32 bits has ten digits.
    return said.isascii() and said.isdigit() and len(said) <= 10


RULE = Rule(
    "weighted-clusters-sum",
    None,
    "warning",
    "medium",
    Listener,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps a canary's part what it was meant to be; each cluster's own split stays even",
)
