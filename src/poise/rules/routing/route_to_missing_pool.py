"""A route names a cluster that does not exist.

## What it finds
Routes and TCP proxies whose cluster is not in a file that brings all of its clusters itself: a bootstrap without dynamic resources. Names
taken from a header are silent. Also clusters that an aggregate cluster names: an error where none of them exists, else a warning.

## Why it hurts
Envoy refuses an unknown name in a static HTTP route, but accepts it in a TCP proxy, in an aggregate cluster, and where
`validate_clusters` is false. Every connection is then closed, and every request gets 503, from a configuration that validates. An
aggregate cluster passes over what it does not find: the failover that it was written for is not there.

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

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from poise.balancers.envoy.settings import entries
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.rule import Rule
from poise.rules.words import listing

# Looking for a name that was meant takes a thousand comparisons: where many are missing a generator is at fault, and no finger.
MOST_GUESSES, MOST_NAMES = 20, 1000


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per route."""
    elsewhere = any(path.startswith("dynamic_resources") for path in topology.options)
    if not topology.complete or topology.could_not or not topology.pools or elsewhere:
        return
    known = {pool.name for pool in topology.pools}
    names = sorted(known)[:MOST_NAMES]
    yield from _aggregates(topology, known, names)
    missing = ((listener, route) for listener in topology.listeners for route in listener.routes if route.pool and route.pool not in known)
    for number, (listener, route) in enumerate(missing):
        close = get_close_matches(route.pool, names, n=1) if number < MOST_GUESSES else []
        message = f"{listener.name} sends requests to {route.pool}, and there is no such cluster"
        why = "every connection is closed, every request gets 503"
        remedy = f"Correct the name{f' (is {close[0]} meant?)' if close else ''}, or add the cluster"
        where = route.places.get("cluster", route.places.get("name", route.location))
        yield RULE.found(topology, where, message, why, remedy, pool=route.pool)


def _aggregates(topology: Topology, known: set[str], names: Sequence[str]) -> Iterable[Finding]:
    """One finding per aggregate cluster, at the first name that is missing."""
    for pool in topology.pools:
        if not pool.options.get("cluster_type.typed_config.@type", "").endswith(".aggregate.v3.ClusterConfig"):
            continue
        own = entries(pool.options, "cluster_type.typed_config.clusters")
        lost = [path for path in own if pool.options.get(path) not in known]
        if not lost or not topology.routes_to(pool.name):
            continue
        missing = [pool.options.get(path, "") for path in lost]
        close = get_close_matches(missing[0], names, n=1)
        verb = "is" if len(missing) == 1 else "are"
        message = f"{pool.name} passes requests on to {listing(missing)}, and there {verb} no such cluster{'' if verb == 'is' else 's'}"
        severity: Severity = "error" if len(lost) == len(own) else "warning"
        lost_all = "every connection is closed" if pool.mode == "tcp" else "every request gets 503"
        why = lost_all if severity == "error" else f"when the others fail {lost_all}: nothing takes over"
        remedy = f"Correct the name{f' (is {close[0]} meant?)' if close else ''}, or add the cluster"
        yield RULE.found(topology, pool.places.get(lost[0], pool.location), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "route-to-missing-pool",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("envoy",),
    because="requests that reach no cluster are in no count of servers",
)
