"""Requests are sent to a pool that has no server.

## What it finds
Pools that a listener routes to, with no server and nothing that answers instead (`http-request return`, `redirect`, `deny`, an `errorfile`
for 503, statistics).

## Why it hurts
HAProxy and Envoy answer 503 to every request that reaches such a pool; their own checkers find nothing wrong.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend api if { path_beg /api }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend api
    balance roundrobin
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
    load_assignment: {cluster_name: web}
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
    use_backend api if { path_beg /api }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend api
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
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
High: measured. A pool that serves an error page by `errorfile 503` is a known way to show a notice, and silent.

## See also
[HAProxy: server](https://docs.haproxy.org/2.8/configuration.html#4.2-server) · `no-pool-for-requests`
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import place
from poise.rules.pools import own
from poise.rules.rule import Rule

LISTED = ("STATIC", "STRICT_DNS", "LOGICAL_DNS")
ANSWERS = ("redirect", "return", "deny", "use-service", "reject", "silent-drop", "auth", "tarpit", "lua.")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its header; in Envoy at the list that is empty, or at the name that its file does not have."""
    looked_up = pool.discovered and pool.discovery not in LISTED
    if pool.servers or looked_up or _answers(pool) or "disabled" in pool.options:
        return
    if topology.product == "envoy" and (pool.discovery not in (*LISTED, "EDS") or has(pool.options, "hosts")):
        # An extension finds its hosts itself; those of the API v2 are refused, and told.
        return
    routes = topology.routes_to(pool.name)
    if not routes:
        return
    listener, route = routes[0]
    message = f"{pool.name} has no server, and {listener.name} (line {route.location.line}) sends requests to it"
    why = "all of these requests get 503"
    remedy = f"Add servers to {pool.name}, or answer there with `http-request return` or an `errorfile 503`"
    where = pool.location
    if topology.product == "envoy":
        remedy = f"Add endpoints to {pool.name}, or answer on the route with `direct_response`"
        where = place(pool, "load_assignment.endpoints", "load_assignment")
        if pool.discovery == "EDS" and "load_assignment" not in pool.places:
            asked = pool.options.get("eds_cluster_config.service_name", pool.name)
            message = f"{pool.name} gets no endpoints: the file that its `eds_config` names has none for `{asked}`"
            remedy = f"Make `eds_cluster_config.service_name` of {pool.name} a `cluster_name` of that file"
            where = place(pool, "eds_cluster_config.service_name", "eds_cluster_config")
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name)


def _answers(pool: Pool) -> bool:
    for key, value in pool.options.items():
        if key in ("dispatch", "transparent", "option transparent", "use-fcgi-app", "redirect", "errorfiles") or key.startswith("stats "):
            return True
        if key in ("errorfile", "http-error") and "503" in value:
            return own(pool, pool.places.get(key))
        if key.startswith(("http-request", "tcp-request", "filter")) and any(word in value for word in ANSWERS):
            return True
    return False


RULE = Rule("pool-without-servers", "server-down", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"))
