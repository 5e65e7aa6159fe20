"""Connections may stay open for ever.

## What it finds
Frontends without `timeout client`, pools with servers without `timeout connect` or `timeout server`, or with 0 there, which means without
end. One finding per section.
In Envoy routes with `timeout: 0s` whose streams have no idle timeout either (`stream_idle_timeout: 0s`): a warning, and information where
the servers speak HTTP/2, the route lets clients upgrade, or it has `idle_timeout: 0s` itself, since streams may be meant to last. Where
streams do have an idle timeout, it is information for servers that speak HTTP/1 only, unless the route has an idle timeout, a longest
duration or a time for each try of its own:
a server that hangs holds each request for five minutes. A connection manager with `idle_timeout: 0s` keeps clients that vanished, and so
does a TCP proxy, unless it has a longest duration or its servers' connections have TCP keepalives: a warning. A `stream_idle_timeout` of
0s alone is information, unless `request_timeout` or every route sets a bound.

## Why it hurts
Without a timeout a client or server that went away without a word holds its slot until the process ends. Slots run out slowly, then all
at once.

## Bad
```haproxy
defaults
    mode http
    timeout client 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
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
          stream_idle_timeout: 0s
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  timeout: 0s
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
```
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
          stream_idle_timeout: 300s
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  timeout: 0s
                  idle_timeout: 60s
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
```

## How sure
High: HAProxy itself warns at start-up, and runs. A `timeout: 0s` alone is right for gRPC and other streams: Envoy still ends idle
ones after five minutes. That of a TCP proxy without a word about idle connections is one hour, and right.

## See also
[HAProxy: timeout client](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20client) · [timeout
server](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20server) · [Envoy:
timeouts](https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.envoy_ways import at, only_grpc, spoken
from poise.rules.rule import Rule
from poise.rules.spans import envoy_span
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per section, a listen section being one."""
    if topology.product == "envoy":
        yield from _envoy(topology)
        return
    missing: dict[tuple[str, str, int], tuple[Location, list[str], str | None]] = {}
    for listener in topology.listeners:
        if listener.binds and _missing(listener, "client"):
            place = listener.location
            missing[place.file, listener.name, place.line] = (place, ["timeout client"], None)
    for pool in topology.pools:
        names = [f"timeout {n}" for n in ("connect", "server") if _missing(pool, n)]
        if names and pool.servers:
            place = pool.location
            before = missing.setdefault((place.file, pool.name, place.line), (place, [], pool.name))[1]
            missing[place.file, pool.name, place.line] = (place, before + names, pool.name)
    for (__, name, ___), (place, names, in_pool) in missing.items():
        message = f"{name} has no {listing(names)}: waits without end"
        why = "a peer that vanishes holds its connection for ever: slots fill until new clients are refused"
        remedy = (
            "Set `timeout connect 5s`, `timeout client 30s` and `timeout server 30s` in `defaults`, then longer ones where they are needed"
        )
        yield RULE.found(topology, place, message, why, remedy, pool=in_pool)


def _missing(section: Listener | Pool, name: str) -> bool:
    """Whether nothing says how long; what a variable without a value says here is written and not known."""
    found = getattr(section.timeouts, name)
    return not found and not (found is None and f"timeout {name}" in section.options)


def _envoy(topology: Topology) -> Iterable[Finding]:
    seen: set[Location] = set()
    for listener in topology.listeners:
        managers = sorted({path.partition(".")[0] for path in listener.options if path.startswith("hcm")})
        yield from _clients(listener, managers, topology) if managers else _connections(listener, topology, seen)
        ends = any(path.endswith(".common_http_protocol_options.max_stream_duration") for path in listener.options)
        if not managers or ends:
            continue
        upgraded = any(has(listener.options, f"{each}.upgrade_configs") for each in managers)
        everywhere = all(envoy_span(listener.options.get(f"{each}.stream_idle_timeout")) == timedelta() for each in managers)
        for route in listener.routes:
            if not _waits_for_ever(route):
                continue
            place, pool = at(route, "timeout"), topology.pool(route.pool)
            streams = upgraded or has(route.options, "upgrade_configs") or (pool is not None and spoken(pool) != "HTTP/1")
            if place in seen or (streams and not everywhere) or only_grpc(route):
                continue
            seen.add(place)
            # What the route itself says of idle streams outranks the listener, and shows that somebody thought of them.
            own = envoy_span(route.options.get("idle_timeout")) is not None
            endless = everywhere or own
            message = f"requests to {route.pool} wait without end: `timeout: 0s`"
            message += ", and streams have no idle timeout" if endless else ", which is meant for streams"
            why = "a server that never answers holds its requests for ever: they fill the circuit breaker until all get 503"
            if not endless:
                why = "a server that never answers holds each request until the stream's idle timeout, five minutes by default"
            remedy = "Set `timeout` to what an answer may take; for streams keep 0s and set `idle_timeout` on the route"
            severity: Severity = "warning" if endless and not streams and not own else "info"
            yield RULE.found(topology, place, message, why, remedy, pool=route.pool or None, severity=severity)


def _clients(listener: Listener, managers: Iterable[str], topology: Topology) -> Iterable[Finding]:
    for each in managers:
        path = f"{each}.common_http_protocol_options.idle_timeout"
        if envoy_span(listener.options.get(path)) == timedelta():
            message = f"{listener.name} keeps idle connections of clients for ever (`idle_timeout: 0s`)"
            why = "a client that vanishes holds its connection until Envoy ends"
            remedy = "Set `idle_timeout: 3600s`, the default"
            yield RULE.found(topology, listener.places[path], message, why, remedy, severity="warning")
        streams = f"{each}.stream_idle_timeout"
        bounds = (f"{each}.request_timeout", f"{each}.common_http_protocol_options.max_stream_duration")
        if envoy_span(listener.options.get(streams)) != timedelta() or any(envoy_span(listener.options.get(bound)) for bound in bounds):
            continue
        if not all(any(envoy_span(route.options.get(end)) for end in ENDS) for route in listener.routes):
            message = f"{listener.name} waits without end for the rest of a request, and for clients that take an answer"
            message += " (`stream_idle_timeout: 0s`)"
            why = "a client that vanished holds its stream, and the buffers behind it, until its connection ends; a `timeout` begins later"
            remedy = "Leave it at five minutes, and give routes that stream an `idle_timeout` of their own; or set `request_timeout`"
            yield RULE.found(topology, listener.places[streams], message, why, remedy, severity="info")


def _connections(listener: Listener, topology: Topology, seen: set[Location]) -> Iterable[Finding]:
    """TCP proxies: Envoy's own page warns that without this time connections leak whose end was lost on the way."""
    for route in listener.routes:
        place, pool = at(route, "idle_timeout"), topology.pool(route.pool)
        kept_alive = pool is not None and has(pool.options, "upstream_connection_options.tcp_keepalive")
        if (
            place in seen
            or envoy_span(route.options.get("idle_timeout")) != timedelta()
            or kept_alive
            or has(listener.options, "tcp_keepalive")
        ):
            continue
        if envoy_span(route.options.get("max_downstream_connection_duration")):
            continue
        seen.add(place)
        message = f"{listener.name} keeps idle connections to {route.pool} for ever (`idle_timeout: 0s`)"
        why = "a peer that vanished holds its two connections until Envoy ends: they fill `max_connections` until new ones are refused"
        remedy = "Set `idle_timeout: 3600s`, the default, or what the protocol needs"
        yield RULE.found(topology, place, message, why, remedy, pool=route.pool or None, severity="warning")


# What ends a stream of a route that nobody hears of again.
ENDS = ("idle_timeout", "max_stream_duration.max_stream_duration", "max_stream_duration.grpc_timeout_header_max")


def _waits_for_ever(route: Route) -> bool:
    ends = (*ENDS, "retry_policy.per_try_timeout", "retry_policy.per_try_idle_timeout")
    return envoy_span(route.options.get("timeout")) == timedelta() and not any(envoy_span(route.options.get(path)) for path in ends)


RULE = Rule(
    "missing-timeouts",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    because="it prevents connections that pile up until a limit is met elsewhere",
)
