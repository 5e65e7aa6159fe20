"""A pool has one server and no backup.

## What it finds
Pools with exactly one server, or one and disabled backups. Pools whose server is on this machine (a socket, 127.0.0.1, another
listener of the file) are silent: it stops with the load balancer; a pool that gets only some of the traffic, by a condition,
is reported as information, unless `poise.toml` declares needs for it. In Envoy clusters that are looked up (DNS, EDS), on the same host,
or that no route names are silent. In nginx an application on the same host (127.0.0.1:3000) is silent too, and so is a name that stands in
`proxy_pass` itself, which may mean several addresses; a name in an upstream block, or an address in `proxy_pass`, is information.

## Why it hurts
There is nothing to balance and nowhere to go: when the server stops, or is restarted for a release, every request of the pool fails.

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
```
```nginx
upstream web {
    server 10.0.0.1:8080;
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
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
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
    server app2 10.0.0.2:8080 check backup
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080 backup;
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
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: web}
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
Medium: a name may stand for several machines, or one server may be all that the service needs. Then accept the finding in `poise.toml`.

## See also
`most-servers-disabled` · `loss-overloads`
"""

from collections.abc import Iterable, Sequence

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Server, Topology
from poise.rules.exposure.reach import is_local, is_name
from poise.rules.rule import Rule

# A canary starts at a few per cent.
SMALL_PART = 0.1


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool of one server, or of one and disabled backups."""
    server = _only(pool)
    if server is None:
        return
    if topology.product == "nginx":
        yield from _nginx(pool, server, topology, needs)
        return
    if pool.discovered or server.resolvers or is_local(server.address) or topology.listens_at(server.address):
        return
    if topology.product == "envoy" and has(server.options, "endpoint.address.envoy_internal_address"):
        return  # a listener of this same Envoy
    routes = [route for _, route in topology.routes_to(pool.name)]
    # What nothing routes to in Envoy serves Envoy itself: a control plane, a collector.
    if topology.product == "envoy" and not routes and pool.name not in needs.pool:
        return
    partial = bool(routes) and all(route.condition is not None for route in routes) and pool.name not in needs.pool
    yield _found(pool, server, topology, "info" if partial or _canary(topology, routes) else "warning")


def _only(pool: Pool) -> Server | None:
    """The only server that is in use, None where there are more. Disabled ones that are no backups most-servers-disabled tells."""
    used = [s for s in pool.servers if s.role != "disabled"]
    return used[0] if len(used) == 1 and all(s.backup or s is used[0] for s in pool.servers) else None


def _canary(topology: Topology, routes: Sequence[Route]) -> bool:
    """Whether the pool gets only a small part of a divided route: a trial of one server is none that anybody relies on."""
    if not routes or any(route.weight is None for route in routes):
        return False
    return all((route.weight or 0) <= SMALL_PART * _whole(topology, route) for route in routes)


def _whole(topology: Topology, part: Route) -> int:
    """The sum of the weights of the route that `part` is one part of."""
    for listener in topology.listeners:
        if part in listener.routes:
            return sum(r.weight or 0 for r in listener.routes if r.condition == part.condition)
    return 0


def _nginx(pool: Pool, server: Server, topology: Topology, needs: Needs) -> Iterable[Finding]:
    if pool.discovered or "resolve" in server.options or is_local(server.address):
        return
    if pool.implicit and is_name(server.address):
        return
    if pool.implicit and len(topology.pools_with(server.address)) > 1:
        # It stands in a pool of several and is reached past it: another rule.
        return
    declared = pool.name in needs.pool
    yield _found(pool, server, topology, "info" if (pool.implicit or is_name(server.address)) and not declared else "warning")


def _found(pool: Pool, server: Server, topology: Topology, severity: Severity) -> Finding:
    spare = "no backup" if len(pool.servers) == 1 else "no backup that is not disabled"
    message = f"{pool.name} has one server, {server.name}, and {spare}"
    why = f"when {server.name} stops or is restarted, all of {pool.name}'s requests fail"
    remedy = (
        f"Add a second server to {pool.name}, at least as a backup; if one is enough, accept it in poise.toml with [accept.single-server]"
    )
    # Another server would stand in the cluster; its only endpoint, far below, is right as it is.
    place = pool.location if topology.product == "envoy" else server.location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name, severity=severity)


RULE = Rule("single-server", "server-down", "warning", "medium", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
