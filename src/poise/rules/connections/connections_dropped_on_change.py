"""Every change of the list of servers closes all connections to all of them.

## What it finds
In Envoy `close_connections_on_host_set_change: true` in a cluster whose servers come from DNS or discovery, unless a hash decides, for
which it is made.

## Why it hurts
One server that comes or goes makes Envoy drain its connections to all others. Under a deployment or autoscaling that is a storm of
handshakes every few seconds, and long-lived streams never last.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    type: STRICT_DNS
    common_lb_config: {close_connections_on_host_set_change: true}
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
Medium: for a stateful TCP protocol it may be wanted.

## See also
[Envoy: close_connections_on_host_set_change](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import place
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    path = "common_lb_config.close_connections_on_host_set_change"
    if pool.options.get(path) != "true" or pool.discovery == "STATIC" or pool.algorithm.name in ENVOY_HASHES:
        return
    message = f"each server that comes or goes closes the connections to all servers of {pool.name}"
    why = "a deployment or a scaling is a storm of new connections, when servers are busiest"
    remedy = "Remove `close_connections_on_host_set_change`; connections to servers that are gone end anyway"
    yield RULE.found(topology, place(pool, path), message, why, remedy, pool=pool.name)


RULE = Rule(
    "connections-dropped-on-change",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents storms of connections at every change",
)
