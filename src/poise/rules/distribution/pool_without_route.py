"""A pool that no listener sends requests to.

## What it finds
Backends with servers that no `use_backend` or `default_backend` names, in a file whose listeners all name their pools plainly. Names made
at run time (maps, `%[…]`), SPOE filters, Lua and servers that others `track` keep it silent. For nginx, upstream blocks that no
`proxy_pass` or its like names, in a whole file: information; so are Envoy's clusters that nothing in a bootstrap without dynamic
resources names.

## Why it hurts
Its servers idle, and are counted by whoever asks what a loss would cost. Mostly a rule was renamed or deleted, and the requests go to
another pool.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend web_new
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
```
```nginx
events {}
http {
    upstream old {
        server 10.0.1.1:8080;
        server 10.0.1.2:8080;
    }
    upstream web {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://web;
        }
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
  - name: old
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: old
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend web_new if { rand(100) lt 5 }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend web_new
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
```
```nginx
events {}
http {
    upstream web {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://web;
        }
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
              - match: {prefix: /old/}
                route: {cluster: old}
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
  - name: old
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: old
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
Medium: it may be a leftover, or kept for a switch by hand.

## See also
[HAProxy: default_backend](https://docs.haproxy.org/2.8/configuration.html#4.2-default_backend) · `unreachable-rule`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import count

# What sends requests to a pool without a rule that names it.
OWN_NAMES = ("name", "alt_stat_name", "load_assignment.cluster_name", "eds_cluster_config.service_name")
HIDDEN = ("filter spoe", "spoe", "lua", "do-resolve")


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per such pool, at its header."""
    routes = [route.pool for listener in topology.listeners for route in listener.routes]
    if not topology.complete or not routes or any("%" in name for name in routes) or _hidden(topology):
        return
    if topology.product == "nginx":
        yield from _nginx(topology, set(routes))
        return
    if topology.product == "envoy":
        yield from _envoy(topology, set(routes))
        return
    named = set(routes) | {listener.name for listener in topology.listeners}
    named |= {server.track.rpartition("/")[0] for pool in topology.pools for server in pool.servers if server.track}
    for pool in topology.pools:
        many = len(in_use(pool))
        if pool.name in named or not many or "disabled" in pool.options:
            continue
        message = f"no listener sends requests to {pool.name}"
        why = f"its {count(many, 'server')} idle{'s' if many == 1 else ''}, and another pool carries what was meant for it"
        remedy = f"Add a `use_backend {pool.name}` rule or a `default_backend`, or delete the section"
        yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)


def _nginx(topology: Topology, named: set[str]) -> Iterable[Finding]:
    # A variable whose values are not in the file may name any of them, and so may a file that could not be read.
    unknown = any(pool.discovery == "variable" and not pool.servers for pool in topology.pools) or topology.could_not
    for pool in () if unknown else topology.pools:
        if pool.name in named or pool.implicit or any("lua" in option for option in pool.options):
            continue
        message = f"no route leads to the upstream block {pool.name}"
        many = len(in_use(pool))
        why = f"its {count(many, 'server')} get{'s' if many == 1 else ''} nothing, and something else carries the load"
        remedy = f"Name {pool.name} as the target of a route, or delete the block"
        yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name, severity="info")


def _envoy(topology: Topology, named: set[str]) -> Iterable[Finding]:
    """A cluster may serve Envoy itself (a control plane, a collector, authorisation): whatever names it anywhere uses it."""
    if topology.could_not or "" in named or any(path.startswith("dynamic_resources") for path in topology.options):
        return
    if all(pool.name in named for pool in topology.pools):
        return
    parts = [topology.options, *(listener.options for listener in topology.listeners)]
    if any("rds.route_config_name" in path or "scoped_routes" in path for options in parts for path in options):
        return
    parts += [route.options for listener in topology.listeners for route in listener.routes]
    used = named | {value for options in parts for value in options.values()}
    used |= {value for pool in topology.pools for path, value in pool.options.items() if path not in OWN_NAMES}
    for pool in topology.pools:
        if pool.name in used:
            continue
        message = f"no route and nothing else names the cluster {pool.name}"
        many = len(in_use(pool))
        why = f"its {count(many, 'server')} get{'s' if many == 1 else ''} nothing, and something else carries the load"
        remedy = f"Name {pool.name} in a route, or delete the cluster"
        yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name, severity="info")


def _hidden(topology: Topology) -> bool:
    if any(key.startswith("lua-") for key in topology.options):
        return True
    filters = [part.options.get("filter", "") for part in topology.listeners] + [pool.options.get("filter", "") for pool in topology.pools]
    return any(word in lines for lines in filters for word in HIDDEN)


RULE = Rule(
    "pool-without-route",
    None,
    "warning",
    "medium",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    because="it tells of a rule that is missing somewhere else",
)
