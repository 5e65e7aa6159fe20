"""Names are looked up so seldom that dead addresses stay in use.

## What it finds
STRICT_DNS and LOGICAL_DNS clusters with a `dns_refresh_rate` over a minute, without `respect_dns_ttl`; an error over ten minutes.

## Why it hurts
Envoy looks names up every 5 s unless told otherwise. With 600 s, servers that were replaced get requests for ten minutes, and new ones get
none; what the name's own TTL says is ignored.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    type: STRICT_DNS
    dns_refresh_rate: 300s
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
        - endpoint: {address: {socket_address: {address: app.internal, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    type: STRICT_DNS
    dns_refresh_rate: 300s
    respect_dns_ttl: true
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
        - endpoint: {address: {socket_address: {address: app.internal, port_value: 8080}}}
```

## How sure
Medium: addresses that never change do no harm.

## See also
[Envoy: dns_refresh_rate](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto#envoy-v3-api-field-config-cluster-v3-cluster-dns-refresh-rate)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.balancers.envoy.priorities import setting
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.exposure.reach import is_name
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span
from poise.rules.words import duration

NOTED, LONG = timedelta(minutes=1), timedelta(minutes=10)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the rate."""
    path = path_of(pool, "dns_refresh_rate")
    rate = envoy_span(pool.options[path]) if path else None
    if rate is None or rate <= NOTED or pool.discovery not in ("STRICT_DNS", "LOGICAL_DNS") or setting(pool, "respect_dns_ttl") == "true":
        return
    if not any(is_name(server.address) for server in pool.servers):
        return
    severity: Severity = "error" if rate > LONG else "warning"
    span = duration(min(rate, timedelta(seconds=1e9)))
    message = f"{pool.name} looks its names up only every {span}, whatever their TTL"
    why = f"a server that moved gets requests at its old address for up to {span}, a new one none"
    remedy = f"Set `respect_dns_ttl: true` in {pool.name}, or leave the rate at its default of 5 s"
    yield RULE.found(topology, place(pool, path), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("slow-dns-refresh", "stale-backend", "warning", "medium", Pool, check, __doc__, products=("envoy",), also=("server-down",))
