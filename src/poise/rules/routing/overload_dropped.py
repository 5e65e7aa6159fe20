"""A part of the requests is thrown away on purpose.

## What it finds
Endpoints with a `policy` of `drop_overloads` above 0.

## Why it hurts
Envoy answers that part of the requests with 503 before any host is asked (measured: 30 % of 1,200). It is the control plane's brake for an
overload that is going on; written into a file it stays after the overload.

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
      policy:
        drop_overloads:
        - category: throttle
          drop_percentage: {numerator: 30}
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
      policy:
        drop_overloads:
        - category: throttle
          drop_percentage: {numerator: 0}
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High: measured on Envoy 1.40, with static endpoints too.

## See also
[Envoy: drop_overloads](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/endpoint.proto#envoy-v3-api-msg-config-endpoint-v3-clusterloadassignment-policy-dropoverload)
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import number
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import place
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first part that is dropped."""
    for path, value in pool.options.items():
        if "policy.drop_overloads." not in path or not path.endswith(".drop_percentage.numerator") or number(value, 0) <= 0:
            continue
        of = pool.options.get(path.removesuffix("numerator") + "denominator", "HUNDRED")
        part = min(1.0, number(value, 0) / {"TEN_THOUSAND": 1e4, "1": 1e4, "MILLION": 1e6, "2": 1e6}.get(of, 1e2))
        message = f"{percent(part)} of {pool.name}'s requests are dropped before any host is asked"
        why = "clients get 503 for them whatever the hosts could do"
        remedy = f"Remove `drop_overloads` from {pool.name} once the overload is over; limit concurrency with circuit breakers"
        yield RULE.found(topology, place(pool, path), message, why, remedy, pool=pool.name)
        return


RULE = Rule(
    "overload-dropped",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps requests from being refused after the overload is over",
)
