"""Some servers of a pool are checked and others are not.

## What it finds
Pools where at least one server has `check`, `track` or `agent-check` and at least one has none of them. In Envoy an endpoint with
`disable_active_health_check` beside checked ones, without outlier detection.

## Why it hurts
When a checked server dies, its share moves on; when an unchecked one dies, its share fails. Mostly it is a line that was added later.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080
```
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
        - endpoint:
            address: {socket_address: {address: 10.0.0.2, port_value: 8080}}
            health_check_config: {disable_active_health_check: true}
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
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.2:8081 track web/app2
```
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

## How sure
High. A backup without a check, such as a local page that says sorry, stays silent.

## See also
[HAProxy: check](https://docs.haproxy.org/2.8/configuration.html#5.2-check) · [Envoy:
health_check_config](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/endpoint_components.proto) ·
`server-without-check`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import outlier
from poise.rules.pools import address_of, ruled, watched
from poise.rules.rule import Rule
from poise.rules.words import listing, percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first unchecked active server."""
    servers = [s for s in pool.servers if s.role != "disabled"]
    active = [s for s in servers if not s.backup]
    blind = [s for s in active if not watched(s)]
    if not blind or not any(watched(s) for s in servers) or (len(blind) == len(active) and any(s.backup for s in servers)):
        return
    found = outlier(pool, topology) if topology.product == "envoy" else None
    if found is not None and found.ejects:
        return
    total = sum(s.weight for s in active)
    share = sum(s.weight for s in blind) / total if total else 0.0
    message = f"{listing(s.name for s in blind)} of {pool.name} {'is' if len(blind) == 1 else 'are'} not checked, the others are"
    why = f"if {blind[0].name} dies it stays in rotation: up to {percent(share)} of {pool.name}'s requests fail or wait for a retry"
    if not share and blind[0].name in ruled(pool):
        why = f"if {blind[0].name} dies it stays in rotation: the requests that `use-server` sends to it fail or wait for a retry"
    elif not share:
        why = f"if {blind[0].name} dies it stays in rotation: once it has a weight, its requests fail or wait for a retry"
    remedy = f"Add `check` to {listing(s.name for s in blind)}, or `default-server check` before the servers"
    if topology.product == "envoy":
        remedy = f"Remove `disable_active_health_check` from {listing(s.name for s in blind)}, or add `outlier_detection` to {pool.name}"
    place = blind[0].places.get("endpoint.health_check_config.disable_active_health_check", address_of(blind[0]))
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=blind[0].name)


RULE = Rule(
    "partly-checked", "server-unchecked", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"), also=("server-down",)
)
