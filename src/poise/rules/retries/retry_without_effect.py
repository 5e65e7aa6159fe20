"""A retry policy that never retries, or not when it seems to.

## What it finds
In Envoy a `retry_policy` without `retry_on`, with words in it that Envoy does not know, with `retriable_status_codes` but not the word
`retriable-status-codes` (or the word without codes), or with a circuit breaker of `max_retries: 0` and no
`retry_budget`, which would count in its place.

## Why it hurts
Envoy drops words of `retry_on` that it does not know, without a message: measured on 1.40, `5XX`, `connect_failure`, `gateway_error` and
`http_500` never retried, and `--mode validate` called them OK. Clients see every failure that the policy was written for.

## Bad
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  retry_policy: {retry_on: "5XX,connect_failure", num_retries: 2, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
```

## Good
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  retry_policy: {retry_on: "5xx,connect-failure", num_retries: 2, per_try_timeout: 2s}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
```

## How sure
High. A client inside may name conditions in `x-envoy-retry-on`; that is not visible here. `num_retries: 0` is taken as meant.

## See also
[Envoy: x-envoy-retry-on](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter) · `retry-amplification`
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import entries, has
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.envoy_ways import GRPC_CONDITIONS, HTTP_CONDITIONS, at, limit, number, retry_budget, shared
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.words import listing

BREAKER = "the circuit breaker allows `max_retries: 0`"


def _reason(pool: Pool, route: Route) -> tuple[str, str] | None:
    """What is wrong with the route's retry policy, and the setting that it stands in; None if nothing is."""
    own = "retry_policy"
    if (
        not has(route.options, own)
        or number(route.options, f"{own}.num_retries", 1) < 1
        or has(route.options, f"{own}.retry_policy_typed_config")
    ):
        return None
    words = [word.strip() for word in route.options.get(f"{own}.retry_on", "").split(",") if word.strip()]
    codes, word = bool(entries(route.options, f"{own}.retriable_status_codes")), "retriable-status-codes"
    unknown = [each for each in words if each not in (*HTTP_CONDITIONS, *GRPC_CONDITIONS)]
    if not words:
        return "it has no `retry_on`", own
    if unknown:
        return f"Envoy does not know {listing(f'`{each}`' for each in unknown)} in `retry_on`", f"{own}.retry_on"
    if codes and word not in words:
        return f"it lists codes, and `retry_on` lacks `{word}`", f"{own}.retriable_status_codes"
    if word in words and not codes and not has(route.options, f"{own}.retriable_headers"):
        return f"`retry_on` names `{word}`, and no codes are listed", f"{own}.retry_on"
    none = limit(pool, "max_retries", route) == 0 and retry_budget(pool, route) is None
    return (BREAKER, own) if none else None


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per policy."""
    for __, route, pools in shared(topology, "retry_policy", _reason):
        found = _reason(pools[0], route)
        if found is None:
            continue
        reason, path = found
        message = f"the retry policy for {listing(pool.name for pool in pools)} does not do what it says: {reason}"
        why = "failures that another server would have answered reach the clients"
        remedy = "Write `retry_on` with words of Envoy's own, such as `5xx`, `gateway-error`, `reset`, `connect-failure`, `refused-stream`"
        if reason == BREAKER:
            remedy = "Take `max_retries: 0` out of the circuit breaker (the default is 3), or give it a `retry_budget`"
        yield RULE.found(topology, at(route, path), message, why, remedy, pool=only(pools))


RULE = Rule(
    "retry-without-effect",
    None,
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents failures that a retry was meant to hide",
)
