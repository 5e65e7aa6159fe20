"""Ordinary connections take longer than the time allowed for them.

## What it finds
In Envoy a `connect_timeout` below 50 ms to servers that are not on the same machine; below 200 ms where they speak TLS, whose handshake
counts.

## Why it hurts
One lost packet costs 200 ms or more until it is sent again, and a handshake takes several round trips. Each such connection fails as if the
server were dead: 503 (flag UF), or a retry and a server ejected for nothing.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 0.005s
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
    connect_timeout: 0.25s
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
Medium: within one rack 50 ms are long, as long as no packet is lost.

## See also
[Envoy: connect_timeout](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto) · `long-connect-timeout`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import place
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule
from poise.rules.words import duration

SHORT, SHORT_TLS = timedelta(milliseconds=50), timedelta(milliseconds=200)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    wait, tls = pool.timeouts.connect, any(s.tls for s in pool.servers)
    if wait is None or wait >= (SHORT_TLS if tls else SHORT) or (pool.servers and all(is_local(s.address) for s in pool.servers)):
        return
    message = f"a connection to a server of {pool.name} must stand within {duration(wait)}{', TLS handshake included' if tls else ''}"
    why = "one lost packet takes longer: healthy servers fail requests, and are ejected for it"
    remedy = "Set `connect_timeout: 1s`"
    yield RULE.found(topology, place(pool, "connect_timeout"), message, why, remedy, pool=pool.name)


RULE = Rule(
    "short-connect-timeout",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents failures that the network's ordinary delays make",
)
