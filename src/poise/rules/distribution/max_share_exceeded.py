"""A server will get a larger share than the application allows.

## What it finds
Pools where the forecast share of a server is above `max_share` of `poise.toml`.

## Why it hurts
The declared limit is what one server can carry, or what may be lost with it. Above it, one server's trouble is everybody's.

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
    server app1 10.0.0.1:8080 check weight 200
    server app2 10.0.0.2:8080 check weight 100
    server app3 10.0.0.3:8080 check weight 100
```
```nginx
upstream web {
    server 10.0.0.1:8080 weight=2;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
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
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```
```toml
[pool.web]
max_share = 0.4
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
    server app1 10.0.0.1:8080 check weight 100
    server app2 10.0.0.2:8080 check weight 100
    server app3 10.0.0.3:8080 check weight 100
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
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
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```
```toml
[pool.web]
max_share = 0.4
```

## How sure
High for roundrobin; for hashes the share is that of evenly used keys.

## See also
`uneven-weights`, and `poise predict`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.outlook import outlook
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the weight of the server with the largest share."""
    limit = needs.of(pool.name).max_share
    forecast = outlook(pool, topology, needs, losses=False) if limit is not None else None
    if limit is None or forecast is None or not forecast.servers:
        return
    top = max(forecast.servers, key=lambda s: s.share)
    # Half a point of grace: a limit of 0.33 for three servers means a third.
    if top.share <= limit + 0.005:
        return
    server = pool.server(top.server)
    place = (server and (server.spots.weight or server.location)) or pool.location
    message = f"{top.server} will get {percent(top.share)} of {pool.name}'s requests; poise.toml allows {percent(limit)}"
    why = f"the limit is exceeded by {percent(top.share - limit)} of all requests: a failure of {top.server} costs that much more"
    remedy = f"Lower the weight of {top.server} or add a server to {pool.name}; `poise predict` shows the shares"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=top.server)


RULE = Rule("max-share-exceeded", "uneven-weights", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
