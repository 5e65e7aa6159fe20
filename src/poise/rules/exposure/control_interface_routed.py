"""Clients reach the load balancer's own control interface through a route.

## What it finds
In Envoy a route of a listener that other machines reach, to a cluster whose endpoint is Envoy's own `admin` address, if it matches any of
the paths that change something (`/quitquitquit`, `/healthcheck/fail`, `/drain_listeners` …), after its rewrite. A route to `/stats` or
`/ready`, one that looks at the method, and listeners with a filter for access are silent.

## Why it hurts
Binding `admin` to 127.0.0.1 keeps strangers out; the route lets them in again. One request stops Envoy or makes all that ask for its
health believe that it is down; `/config_dump` shows the whole configuration.

## Bad
```envoy
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /envoy/}
                route: {cluster: admin, prefix_rewrite: /}
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
  - name: admin
    load_assignment:
      cluster_name: admin
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
```

## Good
```envoy
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /stats/prometheus}
                route: {cluster: admin}
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
  - name: admin
    load_assignment:
      cluster_name: admin
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
```

## How sure
Medium: what a firewall or a client certificate keeps out is not visible here.

## See also
[Envoy: admin](https://www.envoyproxy.io/docs/envoy/latest/operations/admin) · `control-socket-open`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.regexp import regexp
from poise.model.topology import Listener, Route, Topology
from poise.rules.envoy_ways import at
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule

# Paths of the admin interface that change the running process. Source: its page.
CHANGING = (
    "/quitquitquit", "/healthcheck/fail", "/drain_listeners", "/logging", "/runtime_modify", "/reset_counters", "/cpuprofiler",
    "/heapprofiler",
)  # fmt: skip
GUARDS = regexp(r"rbac|jwt|ext_?authz|basic_?auth|oauth2|api_?key", re.IGNORECASE)


def _opens(route: Route) -> str | None:
    """The changing path that the route lets through, None if there is none."""
    condition = route.condition or "prefix /"
    found = re.search(r"(?:^| )(prefix|path|path_separated_prefix|safe_regex) (\S+)", condition)
    if found is None or ":method" in condition:
        return None
    kind, written = found[1], found[2]
    rewrite = route.options.get("prefix_rewrite")
    if kind == "safe_regex":
        return CHANGING[0] if written.startswith((".*", "/.*", "/.+", ".+")) else None
    start = written if rewrite is None else rewrite
    if kind == "path":
        return start if start in CHANGING else None
    return next((path for path in CHANGING if path.startswith(start)), None)


def _guarded(listener: Listener) -> bool:
    """Whether a filter decides who may ask."""
    named = (value for path, value in listener.options.items() if ".http_filters." in path and path.endswith(("name", "@type")))
    return any(GUARDS.search(value) for value in named)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per route."""
    addresses = {socket.address for socket in topology.control_sockets if socket.protocol == "http"}
    if not addresses or any(path.startswith("admin.allow_paths") for path in topology.options):
        return
    ports = {address.rpartition(":")[2] for address in addresses if ":" in address}
    own = {
        pool.name
        for pool in topology.pools
        if any(s.address in addresses or (is_local(s.address) and s.address.rpartition(":")[2] in ports) for s in pool.servers)
    }
    for listener in topology.listeners if own else ():
        if all(is_local(bind.address) for bind in listener.binds) or _guarded(listener):
            continue
        for route in listener.routes:
            path = _opens(route) if route.pool in own else None
            if path is None and not (route.pool in own and listener.mode == "tcp"):
                continue
            message = f"clients of {listener.name} reach Envoy's admin interface through {route.pool}, {path or 'all of it'} included"
            why = "anyone can stop Envoy, fail its health checks, drain its listeners or read its configuration"
            remedy = "Route only what is needed, such as `/stats/prometheus`, and from a listener of its own"
            yield RULE.found(topology, at(route, "cluster"), message, why, remedy, pool=route.pool)


RULE = Rule(
    "control-interface-routed",
    None,
    "error",
    "medium",
    Topology,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents strangers from changing the load balancer",
)
