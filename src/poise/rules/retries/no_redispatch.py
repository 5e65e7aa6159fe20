"""Clients pinned to a dead server are not sent elsewhere.

## What it finds
Pools with a cookie or stick table and two or more servers, without `option redispatch`; with `sticky = true` in `poise.toml` also those
that bind by a hash. A warning where a dead server is noticed late or never (more than 10 s), information otherwise.
In Envoy RING_HASH or MAGLEV with a hash policy and retries, but without the `previous_hosts` predicate; with it and fewer than three
`host_selection_retry_max_attempts` it is information.

## Why it hurts
When a server dies, its clients' requests are retried on that same server until the health check takes it out: its whole share fails for
seconds. Measured on Envoy 1.40 with one of three servers failing: all three attempts of a request went to that one; with the predicate
18 (MAGLEV) and 21 (RING_HASH) of 30 keys found another, with five attempts at choosing one all 30.

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
    default-server inter 5s fall 3
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
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
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy: [{header: {header_name: x-user}}]
                  retry_policy: {retry_on: "5xx", num_retries: 2, per_try_timeout: 2s}
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
    lb_policy: RING_HASH
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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
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
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
                  hash_policy: [{header: {header_name: x-user}}]
                  retry_policy:
                    retry_on: "5xx"
                    num_retries: 2
                    per_try_timeout: 2s
                    retry_host_predicate:
                    - name: envoy.retry_host_predicates.previous_hosts
                      typed_config: {"@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
                    host_selection_retry_max_attempts: 5
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
    lb_policy: RING_HASH
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High. If a session must never move, because its state is on one server only, accept the finding.

## See also
[HAProxy: option redispatch](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20redispatch) · [Envoy: retry
plugins](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/http/http_connection_management)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding
from poise.model.hashes import ENVOY_HASHES
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import at, number, several, ways
from poise.rules.envoy_ways import retries as repeats
from poise.rules.pools import HASHES
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that pins clients."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    by_hash = pool.algorithm.name in HASHES and needs.of(pool.name).sticky is True
    if not (pool.persistence or by_hash) or pool.redispatch or sum(s.role != "disabled" for s in pool.servers) < 2:
        return
    how = pool.persistence or f"balance {pool.algorithm.name}"
    # HAProxy's own example configuration relies on its quick default checks (2 s × 3) instead.
    late = any(s.check is None or s.check.interval * s.check.fall > timedelta(seconds=10) for s in pool.servers if s.role == "active")
    message = f"{pool.name} pins clients to servers (`{how}`) and has no `option redispatch`"
    why = "when a server dies, its clients get errors until its health check fails, although other servers are up"
    remedy = f"Add `option redispatch` to {pool.name}"
    place = pool.persistence_location or pool.algorithm.location or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="warning" if late else "info")


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    if pool.algorithm.name not in ENVOY_HASHES or not several(pool):
        return
    for _, route in ways(pool, topology):
        if not repeats(route)[0] or not has(route.options, "hash_policy"):
            continue
        moves = any("previous_hosts" in value or "PreviousHosts" in value for value in route.options.values())
        if moves and number(route.options, "retry_policy.host_selection_retry_max_attempts", 1) >= 3:
            continue
        lacks = "`host_selection_retry_max_attempts`" if moves else "the `previous_hosts` predicate"
        message = f"{pool.name} places requests by hash ({pool.algorithm.name}) and retries them without {lacks}"
        why = "the hash is that of the first attempt: retries go to the server that has just failed, although others are up"
        remedy = "Add `envoy.retry_host_predicates.previous_hosts` and `host_selection_retry_max_attempts: 5` to the retry policy"
        where = at(route, "retry_policy")
        yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity="info")
        return


RULE = Rule(
    "no-redispatch", "server-down", "warning", "high", Pool, check, __doc__, products=("haproxy", "envoy"), also=("restart-without-drain",)
)
