"""Half or more of a pool's servers are disabled in the configuration.

## What it finds
Pools where `disabled` (nginx: `down` or `drain`) stands on at least half of the servers that are not backups.

## Why it hurts
A disabled server starts in maintenance, gets no requests and is not checked. The rest carry its share, often since a maintenance that
nobody ended. With all of them `down` nginx answers 502 to everything.

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
    server app3 10.0.0.3:8080 check disabled
    server app4 10.0.0.4:8080 check disabled
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080 down;
    server 10.0.0.4:8080 down;
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
          health_status: UNHEALTHY
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          health_status: UNHEALTHY
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
    server app3 10.0.0.3:8080 check disabled
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080 down;
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
High. One server of three in maintenance is ordinary and stays silent. So are disabled servers at 127.0.0.1 beside others elsewhere:
the empty slots that ingress controllers keep for pods to come.

## See also
[HAProxy: disabled](https://docs.haproxy.org/2.8/configuration.html#5.2-disabled) · [nginx:
down](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#down)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule
from poise.rules.words import count, listing, verb

# Envoy's words for hosts that get nothing; TIMEOUT is a check of the control plane's that got no answer.
UNHEALTHY = ("UNHEALTHY", "DRAINING", "TIMEOUT")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first disabled server."""
    if not any(s.disabled or s.health in UNHEALTHY for s in pool.servers):
        return
    # Slots of a template that start disabled wait for addresses from the control socket.
    primaries = [s for s in pool.servers if not s.backup and not (s.template and s.disabled)]
    if topology.product == "haproxy" and any(not s.disabled and not is_local(s.address) for s in primaries):
        # Ingress controllers write such lines ahead of need, and give them an address when a pod starts.
        primaries = [s for s in primaries if not (s.disabled and is_local(s.address))]
    disabled = [s for s in primaries if s.disabled or s.health in UNHEALTHY]
    if not disabled or len(disabled) * 2 < len(primaries):
        return
    left = sum(not (s.disabled or s.health in UNHEALTHY) and s.weight > 0 for s in primaries)
    backups = any(s.backup and s.role != "disabled" for s in pool.servers)
    drains = topology.product == "nginx" and not any(s.disabled for s in disabled)
    word = "drain" if drains else {"nginx": "down", "envoy": "health_status"}.get(topology.product, "disabled")
    state = "unhealthy by `health_status`" if topology.product == "envoy" else word
    one = "is" if len(disabled) == 1 else "are"
    message = f"{len(disabled)} of {pool.name}'s {count(len(primaries), 'server')} {one} {state}: {listing(s.name for s in disabled)}"
    why = (
        f"the {count(left, 'server')} left {verb(left, 'carry')} {len(primaries) / left:.2g} times {'its' if left == 1 else 'their'} part"
        if left
        else "no server is left: Envoy panics and sends requests to all of them, or fails every one where the panic threshold is 0"
        if topology.product == "envoy"
        else "no such server is left: all requests go to the backups"
        if backups
        else "no server is left: every request gets an error"
    )
    remedy = f"Remove `{word}` where the maintenance is over; delete the lines of servers that are gone"
    place = disabled[0].places.get("health_status", disabled[0].location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=disabled[0].name)


RULE = Rule(
    "most-servers-disabled",
    "traffic-pinned",
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("server-left-in-drain",),
)
