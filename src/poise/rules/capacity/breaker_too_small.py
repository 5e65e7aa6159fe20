"""A circuit breaker so small that ordinary traffic opens it.

## What it finds
In Envoy `max_connections` (HTTP/1 and TCP), `max_requests` below 10 or `max_pending_requests` below 2 in the threshold of a priority, or
connections for fewer than the cluster has servers. 0 is an error. Silent where `poise.toml` declares a peak: see `breaker-below-peak`.

## Why it hurts
Beyond the limit Envoy answers 503 at once (flag UO), although servers are idle. Measured on 1.40: `max_pending_requests: 0` and
`max_requests: 0` failed every single request, since one that finds no open connection is pending for a moment.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{max_connections: 1, max_pending_requests: 1}]}
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
  clusters:
  - name: web
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{max_connections: 200, max_pending_requests: 100}]}
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
Medium: a service that must be called one request at a time has such a limit for good reason; then accept the finding.

## See also
[Envoy: circuit breaking](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/circuit_breaking) · `breaker-below-peak`
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import entries
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import number, spoken
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the smallest limit."""
    if needs.of(pool.name).peak_requests_per_second is not None:
        return
    least = {"max_requests": 10, "max_pending_requests": 2}
    if spoken(pool) == "HTTP/1" or pool.mode == "tcp":
        least["max_connections"] = max(10, min(len(pool.servers), 100))
    if pool.mode == "tcp":
        del least["max_requests"], least["max_pending_requests"]
    small: list[tuple[float, str, str]] = []
    for path in entries(pool.options, "circuit_breakers.thresholds"):
        written = ((number(pool.options, f"{path}.{name}", at_least), name, f"{path}.{name}") for name, at_least in least.items())
        small += [each for each in written if each[0] < least[each[1]]]
    if not small:
        return
    most, name, path = min(small)
    severity: Severity = "error" if most == 0 and name != "max_connections" else "warning"
    message = f"the circuit breaker of {pool.name} opens at {most:g} (`{name}`)"
    if most == 0 and name != "max_connections":
        message += ": no request gets through"
    why = "requests beyond it get 503 at once, whatever the servers could still do"
    remedy = f"Set `{name}` to what the servers can carry at the peak, twice that at least; the default is 1024"
    yield RULE.found(topology, pool.places[path], message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "breaker-too-small",
    None,
    "error",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents 503 from the load balancer while servers are idle",
)
