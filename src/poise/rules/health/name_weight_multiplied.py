"""A weight on a name counts once for each of its addresses.

## What it finds
A host name with a `weight` beside servers of another weight in an nginx pool, or in an Envoy cluster with STRICT_DNS. Weights that are
all equal change nothing and are silent.

## Why it hurts
nginx and Envoy make a server of every address that the name has, each with the full weight. A name with three addresses and `weight=3`
gets nine parts, and another share after every change of the zone.

## Bad
```nginx
# for nginx 1.27.3
resolver 10.0.0.53;
upstream web {
    zone web 64k;
    server app.internal:8080 resolve weight=3;
    server 10.0.0.2:8080 weight=2;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
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
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## Good
```nginx
# for nginx 1.27.3
resolver 10.0.0.53;
upstream web {
    zone web 64k;
    server app.internal:8080 resolve;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
Low: a name with one address has one weight, and poise does not ask the name server.

## See also
[nginx: server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server) · `uneven-weights` · `name-resolved-once`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such weight."""
    named = [s for s in in_use(pool) if s.weight > 1 and is_name(s.address)]
    if len({server.weight for server in in_use(pool)}) < 2 or not named or (topology.product == "envoy" and pool.discovery != "STRICT_DNS"):
        return
    first = named[0]
    host = first.address.rpartition(":")[0]
    message = f"weight {first.weight} of {first.name} in {pool.name} counts for every address that {host} has"
    why = f"with k addresses the name gets k times {first.weight} parts: the shares change with DNS"
    remedy = "Write the addresses themselves, or give every server the same weight"
    yield RULE.found(topology, first.spots.weight or first.location, message, why, remedy, pool=pool.name, server=first.name)


RULE = Rule("name-weight-multiplied", "uneven-weights", "info", "low", Pool, check, __doc__, products=("nginx", "envoy"))
