"""The circuit breaker opens before the declared peak.

## What it finds
In Envoy clusters whose limit on requests at once is below what the peak needs, `peak_requests_per_second` × `service_time_ms`: an error; a
warning above 80 % of it. Without `service_time_ms`, limits below `concurrency_per_server` × servers: information. The limit is
`max_requests` (HTTP/2) or `max_connections` (HTTP/1), 1024 each where nobody wrote one. Needs those keys of `poise.toml`.

## Why it hurts
The limits hold for the whole cluster, not for one server, and the defaults are easily forgotten: 1024 requests at once are 2560 requests
per second of 400 ms. Beyond them HTTP/1 queues and HTTP/2 gets 503 (flag UO), at the peak and never before.

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
```
```toml
[pool.web]
peak_requests_per_second = 4000
service_time_ms = 400
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{max_connections: 4000, max_pending_requests: 4000, max_requests: 4000}]}
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
```toml
[pool.web]
peak_requests_per_second = 4000
service_time_ms = 400
```

## How sure
High: arithmetic (Little's law) with declared figures.

## See also
[Envoy: circuit breaking](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/circuit_breaking) · `breaker-too-small`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import limit, place, spoken, threshold
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the limit or at its header."""
    want = needs.of(pool.name)
    if pool.mode == "tcp" or not (want.peak_requests_per_second or want.concurrency_per_server):
        return
    name = "max_connections" if spoken(pool) == "HTTP/1" else "max_requests"
    most = min(limit(pool, name), limit(pool, "max_requests"))
    name = name if most == limit(pool, name) else "max_requests"
    severity: Severity
    if want.peak_requests_per_second and want.service_time_ms:
        at_once = want.peak_requests_per_second * want.service_time_ms / 1000
        if at_once <= most * 0.8:
            return
        severity = "error" if at_once > most else "warning"
        what = f"the declared peak needs {at_once:.0f} at once ({want.peak_requests_per_second:g}/s of {want.service_time_ms:g} ms)"
    elif want.concurrency_per_server and want.concurrency_per_server * len(pool.servers) > most:
        at_once, severity = want.concurrency_per_server * len(pool.servers), "info"
        what = f"its servers can work on {at_once:.0f}"
    else:
        return
    path = threshold(pool)
    default = "" if path and f"{path}.{name}" in pool.options else ", Envoy's default"
    message = f"the circuit breaker of {pool.name} opens at {most:g} requests at once (`{name}`{default}); {what}"
    why = "at the peak requests get 503 or wait, although servers have room"
    remedy = f"Set `max_connections`, `max_requests` and `max_pending_requests` of {pool.name} to {2 * at_once:.0f} or so"
    where = place(pool, *([f"{path}.{name}", path] if path else []), "circuit_breakers.thresholds", "circuit_breakers")
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("breaker-below-peak", "surge", "error", "high", Pool, check, __doc__, products=("envoy",))
