"""Connections stay with a server that failed its health check.

## What it finds
In Envoy clusters behind a TcpProxy with health checks and without `close_connections_on_host_health_failure`: a warning where a second
priority stands by (failover moves new connections only), else information.

## Why it hurts
A server that hangs without closing, or a primary that lost its role, keeps the clients that it has: a pool of database connections stays on
the wrong one for hours, while new connections go to the right one.

## Bad
```envoy
static_resources:
  listeners:
  - name: database
    address: {socket_address: {address: 0.0.0.0, port_value: 5432}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  clusters:
  - name: database
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      tcp_health_check: {}
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 5432}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 5432}}}
```

## Good
```envoy
static_resources:
  listeners:
  - name: database
    address: {socket_address: {address: 0.0.0.0, port_value: 5432}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  clusters:
  - name: database
    connect_timeout: 1s
    close_connections_on_host_health_failure: true
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      tcp_health_check: {}
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 5432}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 5432}}}
```

## How sure
Medium: a server that dies outright closes its connections itself, and draining may be wanted.

## See also
[Envoy: close_connections_on_host_health_failure](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, place, several, spoken, ways
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    path = "close_connections_on_host_health_failure"
    way = next(iter(ways(pool, topology, http=False)), None)
    if pool.options.get(path) == "true" or not checks(pool) or not several(pool) or way is None or any(True for _ in ways(pool, topology)):
        return
    # HTTP/2 in TCP is another mistake, and the greater one.
    if spoken(pool) == "HTTP/2" or any(bind.options.get("socket_address.protocol") == "UDP" for bind in way[0].binds):
        return
    standby = len({server.priority for server in pool.servers}) > 1
    message = f"connections stay with a server of {pool.name} that failed its check: no `{path}`"
    why = "clients that hold a connection do not move when the server hangs or loses its role; only new ones do"
    remedy = f"Set `{path}: true` in {pool.name}"
    severity: Severity = "warning" if standby else "info"
    yield RULE.found(topology, place(pool, path, "health_checks"), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "failed-server-keeps-connections",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents clients that stay on a server which is out of rotation",
)
