"""A route names a cluster that does not exist.

## What it finds
Routes and TCP proxies whose cluster is not in a file that brings all of its clusters itself: a bootstrap without dynamic resources. Names
taken from a header are silent. Also clusters that an aggregate cluster names: an error where none of them exists, else a warning. And those
that an HTTP filter asks (`ext_authz`, `jwt_authn`, `ext_proc`, `ratelimit` …): a warning where requests pass without its answer.

## Why it hurts
Envoy refuses an unknown name in a static HTTP route, but accepts it in a TCP proxy, in an aggregate cluster, and where
`validate_clusters` is false. Every connection is then closed, and every request gets 503, from a configuration that validates. An
aggregate cluster passes over what it does not find: the failover that it was written for is not there. A filter that finds nobody to ask
refuses every request (measured: 403 of `ext_authz`, 401 of `jwt_authn`, 500 of `ext_proc`) or lets all pass that it was to stop.

## Bad
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 5432}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  - address: {socket_address: {address: 127.0.0.1, port_value: 5433}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: reports
          cluster: databse
  clusters:
  - name: database
    connect_timeout: 1s
    close_connections_on_host_health_failure: true
    health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, tcp_health_check: {}}]
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 5432}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  - address: {socket_address: {address: 127.0.0.1, port_value: 5433}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: reports
          cluster: database
  clusters:
  - name: database
    connect_timeout: 1s
    close_connections_on_host_health_failure: true
    health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, tcp_health_check: {}}]
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High: `envoy --mode validate` 1.40 accepts the example.

## See also
[Envoy: tcp proxy](https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto) ·
`pool-without-route`
"""

from collections.abc import Iterable, Mapping, Sequence

from poise.balancers.envoy.settings import Settings, entries
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.pool_meant import MOST_GUESSES, correct
from poise.rules.rule import Rule
from poise.rules.words import listing

# Where filters name the cluster that they ask.
ASKED = (".server_uri.cluster", ".http_uri.cluster", ".envoy_grpc.cluster_name")


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per route."""
    elsewhere = any(path.startswith("dynamic_resources") for path in topology.options)
    if not topology.complete or topology.could_not or not topology.pools or elsewhere:
        return
    known = {pool.name for pool in topology.pools}
    names = sorted(known)
    yield from _aggregates(topology, known, names)
    yield from _asked(topology, known, names)
    missing = ((listener, route) for listener in topology.listeners for route in listener.routes if route.pool and route.pool not in known)
    for number, (listener, route) in enumerate(missing):
        message = f"{listener.name} sends requests to {route.pool}, and there is no such cluster"
        why = "every connection is closed, every request gets 503"
        remedy = f"{correct(route.pool, names, number < MOST_GUESSES)}, or add the cluster"
        where = route.places.get("cluster", route.places.get("name", route.location))
        yield RULE.found(topology, where, message, why, remedy, pool=route.pool)


def _aggregates(topology: Topology, known: set[str], names: Sequence[str]) -> Iterable[Finding]:
    """One finding per aggregate cluster, at the first name that is missing."""
    guesses = MOST_GUESSES
    for pool in topology.pools:
        if not pool.options.get("cluster_type.typed_config.@type", "").endswith(".aggregate.v3.ClusterConfig"):
            continue
        own = entries(pool.options, "cluster_type.typed_config.clusters")
        lost = [path for path in own if pool.options.get(path) not in known]
        if not lost or not topology.routes_to(pool.name):
            continue
        missing = [pool.options.get(path, "") for path in lost]
        verb = "is" if len(missing) == 1 else "are"
        message = f"{pool.name} passes requests on to {listing(missing)}, and there {verb} no such cluster{'' if verb == 'is' else 's'}"
        severity: Severity = "error" if len(lost) == len(own) else "warning"
        lost_all = "every connection is closed" if pool.mode == "tcp" else "every request gets 503"
        why = lost_all if severity == "error" else f"when the others fail {lost_all}: nothing takes over"
        remedy = f"{correct(missing[0], names, guesses > 0)}, or add the cluster"
        guesses -= 1
        yield RULE.found(topology, pool.places.get(lost[0], pool.location), message, why, remedy, pool=pool.name, severity=severity)


def _asked(topology: Topology, known: set[str], names: Sequence[str]) -> Iterable[Finding]:
    """One finding per name that a filter asks, at its first place."""
    told: set[str] = set()
    for listener in topology.listeners:
        own = listener.options
        for path in (path for word in ("cluster", "cluster_name") for path in _named(own, word) if path.endswith(ASKED)):
            start, among, rest = path.partition(".http_filters.")
            head = f"{start}{among}{rest.partition('.')[0]}"
            name, kind = own.get(path, ""), own.get(f"{head}.typed_config.@type", "").rpartition(".")[2]
            if not among or not name or name in known or name in told or own.get(f"{head}.disabled") == "true":
                continue
            told.add(name)
            message = f"the filter {own.get(f'{head}.name', kind)} of {listener.name} asks {name}, and there is no such cluster"
            why, severity = _unanswered(kind, own, f"{head}.typed_config")
            remedy = f"{correct(name, names, len(told) <= MOST_GUESSES)}, or add the cluster"
            yield RULE.found(topology, listener.places.get(path, listener.location), message, why, remedy, severity=severity)


def _named(options: Mapping[str, str], word: str) -> Sequence[str]:
    return options.named(word) if isinstance(options, Settings) else [path for path in options if path.endswith(f".{word}")]


def _unanswered(kind: str, options: Mapping[str, str], path: str) -> tuple[str, Severity]:
    """What becomes of requests whose filter gets no answer."""
    allowed = options.get(f"{path}.failure_mode_allow") == "true"
    if kind == "JwtAuthentication":
        return "no key is ever fetched: every token is refused (401)", "error"
    if kind == "RateLimit" and options.get(f"{path}.failure_mode_deny") != "true":
        return "nothing is limited: requests pass where nobody answers", "warning"
    if kind in ("ExtAuthz", "ExternalProcessor"):
        code = 403 if kind == "ExtAuthz" else 500
        return ("every request passes unasked", "warning") if allowed else (f"every request is refused ({code})", "error")
    return "what it asks is never answered", "error"


RULE = Rule("route-to-missing-pool", "wrong-route", "error", "high", Topology, check, __doc__, products=("envoy",))
