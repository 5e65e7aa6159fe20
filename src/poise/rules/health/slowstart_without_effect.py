"""A warm-up that never happens.

## What it finds
`slowstart` on servers of a pool whose algorithm is fixed at start (`static-rr`, a map-based hash), on servers without a health check, or
shorter than a second (a number without a unit is milliseconds). In Envoy `slow_start_config` beside a policy that it does not belong to
(Envoy reads the one of its own `lb_policy` and accepts the other), beside a `load_balancing_policy`, which outranks it, without a window,
with `min_weight_percent` of 100, or in a static cluster without health checks.

## Why it hurts
slowstart raises the weight step by step when a server comes back. Fixed algorithms cannot, and an unchecked server never comes back: the
cold server gets its full share at once.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance static-rr
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check slowstart 60s
    server app2 10.0.0.2:8080 check slowstart 60s
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: RANDOM
    round_robin_lb_config: {slow_start_config: {slow_start_window: 60s}}
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance roundrobin
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check slowstart 60s
    server app2 10.0.0.2:8080 check slowstart 60s
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    lb_policy: ROUND_ROBIN
    round_robin_lb_config: {slow_start_config: {slow_start_window: 60s}}
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
High: the manual says that static algorithms do not support slow start.

## See also
[HAProxy: slowstart](https://docs.haproxy.org/2.8/configuration.html#5.2-slowstart) · `hash-map-based` · [Envoy: slow
start](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, number, place
from poise.rules.pools import fixed, watched
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span
from poise.rules.words import duration, listing

# HAProxy raises the weight twenty times, but not more often than once a second.
STEP = timedelta(seconds=1)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    warming = [s for s in pool.servers if s.slow_start and s.role != "disabled"]
    name = pool.algorithm.name
    static = fixed(pool)
    brief = [s for s in warming if s.slow_start and s.slow_start < STEP]
    idle = warming if static else [s for s in warming if not watched(s)] or brief
    if not idle or idle[0].slow_start is None:
        return
    short = idle is brief and not static
    reason = f"`balance {name}` is fixed at start" if static else "it is below one step of a second" if short else "they are not checked"
    message = f"`slowstart {duration(idle[0].slow_start)}` of {listing(s.name for s in idle)} in {pool.name} has no effect: {reason}"
    why = "a server that comes back cold gets its full share at once"
    remedy = (
        "Use `balance roundrobin` or `hash-type consistent`"
        if static
        else "Write the unit: `slowstart 30s`"
        if short
        else "Add `check` to these servers"
    )
    place = idle[0].places.get("slowstart", idle[0].location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=idle[0].name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    name = pool.algorithm.name
    kinds = {"ROUND_ROBIN": "round_robin_lb_config", "LEAST_REQUEST": "least_request_lb_config"}
    extended = has(pool.options, "load_balancing_policy")
    written = next((f"{kind}.slow_start_config" for kind in kinds.values() if has(pool.options, f"{kind}.slow_start_config")), None)
    if written is None and extended:
        inside = (path for path in pool.places if path.startswith("load_balancing_policy.") and path.endswith(".slow_start_config"))
        written = next(inside, None)
    if written is None:
        return
    where = written
    if extended and not written.startswith("load_balancing_policy."):
        reason, remedy = "`load_balancing_policy` outranks it", "Move it into the extension that `load_balancing_policy` names"
    elif not extended and not written.startswith(f"{kinds.get(name, '-')}."):
        reason, remedy = f"it is not that of `lb_policy: {name}`", "Move it to the policy in use: ROUND_ROBIN and LEAST_REQUEST can warm up"
    elif not envoy_span(pool.options.get(f"{written}.slow_start_window")):
        reason, remedy = "it has no `slow_start_window`", "Write `slow_start_window: 60s`"
    elif number(pool.options, f"{written}.min_weight_percent.value", 10) >= 100:
        reason, remedy = "it begins at 100 % of the weight", "Write `min_weight_percent: {value: 10}`"
        where = f"{written}.min_weight_percent.value"
    elif pool.discovery == "STATIC" and not checks(pool):
        reason, remedy = "no server ever joins: the list is static, and no health check brings one back", "Add `health_checks`"
    else:
        return
    message = f"`slow_start_config` of {pool.name} has no effect: {reason}"
    why = "a server that comes back cold gets its full share at once"
    yield RULE.found(topology, place(pool, where), message, why, remedy, pool=pool.name)


RULE = Rule(
    "slowstart-without-effect",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    because="it prevents a cold server from being flooded for a moment after it returns",
)
