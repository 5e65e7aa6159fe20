"""An HTTP pool is checked by connecting only.

## What it finds
Pools in http mode whose servers are checked over TCP: `check` without `option httpchk` or another protocol check. Servers that are
watched through the traffic (`observe layer7` with `on-error`) or through an agent are silent. In Envoy `tcp_health_check` without a
dialogue in a cluster that HTTP routes lead to, or that nothing leads to (information), unless outlier detection watches the answers.

## Why it hurts
A server that accepts connections and answers 500 to everything stays UP and keeps its share; it answers fast, so `leastconn` sends it
more.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      tcp_health_check: {}
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
Medium: an application without any page to check has no better.

## See also
[HAProxy: option httpchk](https://docs.haproxy.org/2.8/configuration.html#4.2-option%20httpchk) ·
[observe](https://docs.haproxy.org/2.8/configuration.html#5.2-observe) · [Envoy: health
checking](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking)
"""

from collections.abc import Iterable

from poise.balancers.envoy.settings import has
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, outlier, place, spoken, ways
from poise.rules.pools import address_of, place_at
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    if any(key.startswith("tcp-check ") and key not in ("tcp-check connect", "tcp-check comment") for key in pool.options):
        return  # a written dialogue asks more than to connect
    if pool.mode != "http" or pool.http_check or sum(s.role != "disabled" for s in pool.servers) < 2:
        return
    greets = "option ssl-hello-chk" in pool.options and "option tcp-check" not in pool.options
    shallow = [
        s
        for s in pool.servers
        if s.check and (s.check.kind == "tcp" or greets) and not s.agent_check and not (s.observe == "layer7" and s.on_error)
    ]
    if not shallow:
        return
    where = place_at(shallow[0], "check")
    if where.line != shallow[0].location.line:
        where = address_of(shallow[0])
    message = f"{pool.name} serves HTTP, and its checks only connect: {len(shallow)} of {len(pool.servers)} servers"
    active = sum(s.role == "active" for s in pool.servers)
    why = (
        f"a server that answers every request with an error stays UP with its share, {percent(1 / max(active, 1))} of the requests if even"
    )
    remedy = f"Add `option httpchk GET /healthz` to {pool.name}, with a path that fails when the application cannot serve"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    found = checks(pool)
    asks = any(not has(pool.options, f"{each}.tcp_health_check") or has(pool.options, f"{each}.tcp_health_check.receive") for each in found)
    if pool.mode != "http" or not found or asks or (len(pool.servers) < 2 and not pool.discovered):
        return
    passive = outlier(pool, topology)
    if passive and passive.ejects:
        return
    # Files of clusters alone do not tell who speaks what.
    known = spoken(pool) != "HTTP/1" or any(True for _ in ways(pool, topology))
    severity: Severity = "warning" if known else "info"
    message = f"{pool.name} {'serves' if known else 'may serve'} HTTP, and its checks only connect"
    why = "a server that answers every request with an error stays in rotation with its share"
    remedy = f"Use `http_health_check` in {pool.name}, with a path that fails when the application cannot serve; or add `outlier_detection`"
    yield RULE.found(
        topology, place(pool, f"{found[0]}.tcp_health_check", found[0]), message, why, remedy, pool=pool.name, severity=severity
    )


RULE = Rule("tcp-check-for-http", "server-errors", "warning", "medium", Pool, check, __doc__, products=("haproxy", "envoy"))
