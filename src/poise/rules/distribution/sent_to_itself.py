"""A server of the pool is the listener that the requests came from.

## What it finds
A server whose address is that of a listener whose route leads to this server's pool, with nothing on the way that makes another request of
it: HAProxy's `default_backend` (or `listen`), Envoy's routes without a rewrite of host or path, and its TCP proxies. A listener on all
addresses is reached by loopback too.

## Why it hurts
Each request that is dealt to it comes back and is dealt again. Measured on Envoy 1.40 with one such of three servers: dealt in turn, 60
requests became 90; placed by a hash, four requests became 6,500 until their timeouts ended them, and the connections with them. The same
happens with any algorithm once the other servers are down, and its check passes as long as one of them answers.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :8080
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 127.0.0.1:8081 check
    server app2 127.0.0.1:8080 check
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
                route:
                  cluster: web
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
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8081}}}
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8080}}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :8080
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 127.0.0.1:8081 check
    server app2 127.0.0.1:8082 check
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
                route:
                  cluster: web
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
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8081}}}
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8082}}}
```

## How sure
High: the same request takes the same route. What rewrites requests, by a rule, a script or a filter, makes the rule silent.

## See also
[Envoy: listeners](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/listeners/listeners) ·
[HAProxy: bind](https://docs.haproxy.org/2.8/configuration.html#4.2-bind) · `check-answered-by-itself`
"""

import re
from collections.abc import Iterable, Mapping

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Route, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule
from poise.rules.words import percent

ALL = ("0.0.0.0", "[::]", "::", "*", "")  # noqa: S104 - compared, not bound
REWRITES = ("host_rewrite", "auto_host_rewrite", "prefix_rewrite", "regex_rewrite", "path_rewrite")
# What a match may ask beside the path, and what may be another thing when the request comes back.
ASKS = ("header", "query", "runtime_fraction", "tls_context", "dynamic_metadata", "filter_state", "cookies")
SCRIPTS = (".Lua", ".ExternalProcessor", ".Wasm", ".HeaderMutation")
CHANGES = r"(?i)\b(set-(path|pathq|uri|query|method|src|dst)|set-header\s+host|replace-\w+|lua\.|use-service|return|deny|reject|redirect)"


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server, at the server."""
    pools: dict[str, dict[str, Listener]] = {}
    for listener in topology.listeners:
        if _same_again(listener):
            for route in listener.routes:
                if _returns(route, topology.product):
                    pools.setdefault(route.pool, {}).setdefault(listener.name, listener)
    for name, listeners in pools.items():
        pool = topology.pool(name)
        if pool is None:
            continue
        entrances = {address: each for each in listeners.values() for address in _addresses(each)}
        ports = {address.rpartition(":")[2] for address in entrances}
        here = [server for server in pool.servers if server.address.rpartition(":")[2] in ports]
        if not here or (pool.product == "haproxy" and any(_changes(key, value) for key, value in _rules(pool.options))):
            continue
        for server in here:
            host, _colon, port = server.address.rpartition(":")
            loopback = f"*:{port}" if host in ALL or is_local(server.address) else ""
            own = entrances.get(server.address) or entrances.get(loopback)
            if own is None or server.role == "disabled" or "namespace" in server.options or server.tls != own.binds[0].tls:
                continue
            message = f"{server.name} of {pool.name} is {own.name} itself, which sends its requests to {pool.name}"
            part = percent(1 / len(pool.servers))
            why = f"about {part} of the requests come back and are dealt again, without end where a hash or the loss of the others decides"
            yield RULE.found(topology, server.location, message, why, _REMEDY, pool=pool.name, server=server.name)


def _same_again(listener: Listener) -> bool:
    """Whether a request that comes back takes the same way, as far as the listener decides."""
    if not listener.binds or any("namespace" in bind.options for bind in listener.binds):
        return False
    if listener.product == "envoy":
        options = listener.options
        plain = {route.pool for route in listener.routes if route.weight is None}
        # Several filter chains take connections apart by where they come from, or by their name.
        several = any(path.startswith("hcm#2.") for path in options) or (listener.mode == "tcp" and len(plain) > 1)
        unbound = options.get("bind_to_port") == "false" or options.get("address.socket_address.protocol") == "UDP"
        return not several and not unbound and not any(value.endswith(SCRIPTS) for value in options.values())
    return not any(_changes(key, value) for key, value in _rules(listener.options))


def _rules(options: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((key, value) for key, value in options.items() if key.startswith(("http-request", "tcp-request", "filter")))


def _changes(key: str, value: str) -> bool:
    return key.startswith("filter") or re.search(CHANGES, f"{key} {value}") is not None


def _returns(route: Route, product: str) -> bool:
    """Whether the request that this route sent out would take it again."""
    if product != "envoy":
        return route.condition is None
    words = (route.condition or "").split(" ")[3:]
    return not set(words) & set(ASKS) and not any(path.startswith(REWRITES) for path in route.options)


def _addresses(listener: Listener) -> Iterable[str]:
    """Where the listener is reached; `*:port` stands for every address of the machine."""
    for bind in listener.binds:
        host, _, port = bind.address.rpartition(":")
        yield f"*:{port}" if host in ALL else bind.address


_REMEDY = "Correct the address of that server, or the port of the listener"

RULE = Rule("sent-to-itself", "server-down", "error", "high", Topology, check, __doc__, products=("haproxy", "envoy"))
