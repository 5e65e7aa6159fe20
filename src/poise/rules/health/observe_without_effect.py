"""Traffic is meant to be watched for errors, and nobody watches.

## What it finds
Servers with `observe` and no `check`, or with `on-error` and no `observe`.
In Envoy outlier detection that can never eject a server: every `enforcing_…` is 0, only `success_rate` is left and the cluster has fewer
servers than it needs, `consecutive_5xx` is beyond reach, or (from 1.28 on) one server is more than `max_ejection_percent` of the cluster:
with the default of 10 that is every cluster of fewer than ten. Information beside health checks, an error where it is all there is and
nothing is enforced.

## Why it hurts
`observe` works only together with health checks, and `on-error` only with `observe`. The line reads as if failing servers left the pool;
they keep their share. Measured on Envoy 1.40 with three servers, one of which answered 500: with the defaults it kept its third of the
requests and `ejections_overflow` counted; with `max_ejection_percent: 34` it was out after five.

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
    default-server check on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      consecutive_5xx: 5
      max_ejection_percent: 10
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
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
    default-server check observe layer7 error-limit 50 on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      consecutive_5xx: 5
      max_ejection_percent: 50
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
High: the manual says that observing requires health checks.

## See also
[HAProxy: observe](https://docs.haproxy.org/2.8/configuration.html#5.2-observe) · `server-without-check` · [Envoy:
OutlierDetection](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/outlier_detection.proto)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import noticed, number, outlier, place
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    for server in in_use(pool):
        watching = server.observe in ("layer4", "layer7")
        if watching and server.check is None:
            option, lacks = f"observe {server.observe}", "check"
        elif server.on_error and not watching:
            option, lacks = f"on-error {server.on_error}", "observe"
        else:
            continue
        message = f"`{option}` of {server.name} in {pool.name} has no effect: there is no `{lacks}` beside it"
        why = "a server that fails the requests of clients stays in rotation with its share"
        remedy = "Write `check observe layer7 error-limit 50 on-error mark-down`, or take the option out"
        place = server.places.get(option.partition(" ")[0], server.location)
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name)
        return


# Detectors that hold servers against each other, and need five or so to do it.
COMPARED = ("enforcing_success_rate", "enforcing_failure_percentage", "enforcing_local_origin_success_rate")


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    passive, own, size = outlier(pool, topology), "outlier_detection", len(pool.servers)
    if passive is None or passive.ejects or (size < 2 and not pool.discovered):
        return
    checked = noticed(pool, topology)
    if not passive.enforced:
        reason = "nothing is enforced, or is beyond reach in a cluster of this size"
        wanted = "`enforcing_consecutive_5xx: 100` and `consecutive_5xx: 5`"
        # What is enforced and needs more servers is the mistake, else what was switched off.
        vain = (path for path in COMPARED if number(pool.options, f"{own}.{path}", 0) > 0)
        where = place(pool, *(f"{own}.{path}" for path in (*vain, "enforcing_consecutive_5xx", "consecutive_5xx")), own)
        severity: Severity = "warning" if checked else "error"
    else:
        reason = f"one of {size} servers is {100 / size:.3g} % of them, and `max_ejection_percent` is {passive.percent:g}"
        wanted = f"`max_ejection_percent: {min(100, -(-100 // size))}` or more, or `always_eject_one_host: true`"
        where = place(pool, f"{own}.max_ejection_percent", own)
        severity = "info" if checked else "warning"
    message = f"outlier detection of {pool.name} never ejects a server: {reason}"
    why = "a server that fails the requests of clients stays in rotation with its share"
    yield RULE.found(topology, where, message, why, f"Set {wanted}", pool=pool.name, severity=severity)


RULE = Rule("observe-without-effect", "server-errors", "warning", "high", Pool, check, __doc__, products=("haproxy", "envoy"))
