"""A name with many addresses is used as a single host.

## What it finds
LOGICAL_DNS clusters that are meant to balance: RING_HASH, MAGLEV, LEAST_REQUEST or RANDOM is chosen, the name says `headless`, or
`poise.toml` declares `split`, `max_share` or `survive` for the pool. Anything else, such as one external API, is silent.

## Why it hurts
LOGICAL_DNS connects to the first address of each answer only. With six pods behind a name all new connections go to one of them until the
next answer, and when it fails all fail, although five others are up.

## Bad
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    type: LOGICAL_DNS
    dns_lookup_family: V4_ONLY
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
        - endpoint: {address: {socket_address: {address: web-headless.shop.svc.cluster.local, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    type: STRICT_DNS
    dns_lookup_family: V4_ONLY
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
        - endpoint: {address: {socket_address: {address: web-headless.shop.svc.cluster.local, port_value: 8080}}}
```

## How sure
Medium: how many addresses a name has is not in the file.

## See also
[Envoy: service discovery](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/service_discovery#logical-dns)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import path_of, place
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its type."""
    if pool.discovery != "LOGICAL_DNS" or not pool.servers:
        return
    wants, name = needs.of(pool.name), pool.servers[0].name
    declared = next((key for key in ("split", "max_share", "survive") if getattr(wants, key) not in (None, 0)), None)
    if pool.algorithm.name in ("RING_HASH", "MAGLEV", "LEAST_REQUEST", "RANDOM"):
        sign = f"{pool.algorithm.name} has one host to choose from"
    elif "headless" in name:
        sign = f"{name} is a headless service, one address for each pod"
    elif declared:
        sign = f"poise.toml declares {declared}"
    else:
        return
    message = f"{pool.name} uses LOGICAL_DNS, one address at a time, and is meant to balance: {sign}"
    why = "all new connections go to the first address of the last answer; the other servers get nothing"
    remedy = f"Use `type: STRICT_DNS` for {pool.name}: every address of the answer becomes a host"
    where = place(pool, path_of(pool, "type", "all_addresses_in_single_endpoint"))
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, server=name)


RULE = Rule(
    "one-address-at-a-time", "traffic-pinned", "warning", "medium", Pool, check, __doc__, products=("envoy",), also=("stale-backend",)
)
