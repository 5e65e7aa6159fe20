"""Clients choose by a header which address Envoy connects to.

## What it finds
In Envoy an ORIGINAL_DST cluster with `use_http_header` that a listener routes to which other machines reach. Information where a filter of
that listener runs code that may set the header (`ext_proc`, as inference gateways do, Wasm, Lua …) and passes nothing on when it fails.

## Why it hurts
Whoever sends `x-envoy-original-dst-host: 169.254.169.254:80` has Envoy connect there: no balancing, no health, and every address that
Envoy can reach is open to the outside.

## Bad
```envoy
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
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    type: ORIGINAL_DST
    lb_policy: CLUSTER_PROVIDED
    original_dst_lb_config: {use_http_header: true}
```

## Good
```envoy
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
              - match: {prefix: /}
                route: {cluster: web}
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    connect_timeout: 1s
    type: ORIGINAL_DST
    lb_policy: CLUSTER_PROVIDED
```

## How sure
High for what Envoy does. A filter that sets or removes the header first makes it safe.

## See also
[Envoy: original destination](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/original_dst)
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import entries
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.envoy_ways import place, ways
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule

# Filters that are a program of the user's own, by their types.
CODE = ("ExternalProcessor", "Wasm", "Lua", "Config", "DynamicModuleFilter", "ExtAuthz", "HeaderMutation")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    path = "original_dst_lb_config.use_http_header"
    if pool.options.get(path) != "true":
        return
    public = next((listener for listener, _ in ways(pool, topology) if not all(is_local(bind.address) for bind in listener.binds)), None)
    if public is None:
        return
    header = pool.options.get("original_dst_lb_config.http_header_name") or "x-envoy-original-dst-host"
    setter = _setter(public)
    unless = f", unless {setter} sets it for every request" if setter else ""
    message = f"clients of {public.name} choose where {pool.name} connects to, by the header `{header}`{unless}"
    why = "any address that Envoy reaches is open to them, internal ones included, and nothing is balanced"
    remedy = "Remove `use_http_header`, or let a filter set the header and remove what clients send"
    severity: Severity = "info" if setter else "warning"
    yield RULE.found(topology, place(pool, path), message, why, remedy, pool=pool.name, severity=severity)


def _setter(listener: Listener) -> str | None:
    """The filter whose own code may set the header; None where there is none, or where requests pass when it fails."""
    for path in entries(listener.options, "hcm.http_filters"):
        kind = listener.options.get(f"{path}.typed_config.@type", "").rpartition(".")[2]
        if kind in CODE and listener.options.get(f"{path}.typed_config.failure_mode_allow") != "true":
            return listener.options.get(f"{path}.name", kind)
    return None


RULE = Rule(
    "client-picks-server",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents strangers from reaching internal addresses",
)
