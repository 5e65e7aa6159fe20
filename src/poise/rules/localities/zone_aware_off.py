"""Zone aware routing is configured and cannot work.

## What it finds
Clusters with `zone_aware_lb_config` where the bootstrap names no `local_cluster_name`, the cluster has fewer hosts than `min_cluster_size`
(6 unless written), or all its hosts are in one zone. With `routing_enabled` 0, or only `fail_traffic_on_panic`, it is silent.

## Why it hurts
Envoy falls back to the plain split without a word: requests go to every zone alike, with the latency and the cost of that, and with the
fate of every zone in each request.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 50}
      zone_aware_lb_config:
        min_cluster_size: 4
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - locality: {zone: za}
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - locality: {zone: zb}
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## Good
```envoy
node: {id: me, cluster: me, locality: {zone: za}}
cluster_manager: {local_cluster_name: me}
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 50}
      zone_aware_lb_config:
        min_cluster_size: 4
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - locality: {zone: za}
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
      - locality: {zone: zb}
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
  - name: me
    connect_timeout: 1s
    load_assignment: {cluster_name: me}
```

## How sure
High for what stands in the file; the sizes of discovered clusters are not known and not judged. Zones of the local cluster are not either.

## See also
[Envoy: zone aware routing](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/zone_aware)
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import number, setting
from poise.balancers.envoy.settings import message as message_of
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its zone aware settings."""
    if message_of(pool.options, "zone_aware_lb_config") is None:
        return
    paths = [path for path in pool.options if "zone_aware_lb_config" in path.split(".") and not path.endswith("fail_traffic_on_panic")]
    if not paths or number(setting(pool, "routing_enabled.value"), 100) == 0:
        return
    smallest = number(setting(pool, "min_cluster_size"), 6)
    zones = {(s.locality or "") for s in pool.servers}
    where = paths[0][: paths[0].index("zone_aware_lb_config") + len("zone_aware_lb_config")]
    if not topology.options.get("cluster_manager.local_cluster_name"):
        reason = "the bootstrap names no `cluster_manager.local_cluster_name`" if topology.complete else None
    elif pool.servers and not pool.discovered and len(pool.servers) < smallest:
        reason = f"it has {len(pool.servers)} hosts, fewer than min_cluster_size {smallest:g}"
        where = path_of(pool, "min_cluster_size") or where
    elif pool.servers and not pool.discovered and len(zones) < 2:
        reason = "all its hosts are in one zone"
    else:
        reason = None
    if reason is None:
        return
    message = f"zone aware routing of {pool.name} is off: {reason}"
    why = "requests go to all zones alike, and nothing says so"
    remedy = f"Meet the precondition, or remove `zone_aware_lb_config` from {pool.name}"
    yield RULE.found(topology, place(pool, where), message, why, remedy, pool=pool.name)


RULE = Rule(
    "zone-aware-off",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it keeps requests in their zone; the split stays even",
)
