"""No server of a pool is checked, so a dead one keeps its share.

## What it finds
Pools of two or more servers where none has `check`, `track` or `agent-check`, and no `option httpchk` suggests that checks were meant.
In Envoy: clusters of two or more endpoints without `health_checks` (or with all of them switched off by
`disable_active_health_check`) and without `outlier_detection`. A cluster whose endpoints come from a management server or from EDS is
silent: whoever writes that list leaves the dead ones out.

## Why it hurts
An unchecked server is always UP. When it dies its share of the requests meets refused connections or timeouts, request after request,
until a retry reaches another server.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
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
    default-server check
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
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
High. A pool with backups is `backup-never-used`. One server alone stays silent: there is nowhere else to send the requests.

## See also
[HAProxy: check](https://docs.haproxy.org/2.8/configuration.html#5.2-check) · [Envoy: health
checking](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking) · `partly-checked` ·
`httpchk-without-check` · `backup-never-used`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import levels
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import outlier
from poise.rules.pools import watched
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool: at its first server, in Envoy, where checks are the cluster's, at its header."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    servers = [s for s in pool.servers if s.role != "disabled"]
    if len(servers) < 2 or pool.http_check or any(watched(s) for s in servers) or any(s.backup for s in servers):
        return
    active = [s for s in servers if s.role == "active"]
    message = f"none of {pool.name}'s {len(servers)} servers is checked"
    why = f"a dead server keeps its share, about {percent(1 / max(len(active), 1))} of the requests, as errors or retries"
    remedy = f"Add `option httpchk GET /healthz` and `default-server check` to {pool.name}, before its servers"
    if pool.mode == "tcp":
        remedy = f"Add `default-server check` to {pool.name}, before its servers"
    yield RULE.found(topology, servers[0].location, message, why, remedy, pool=pool.name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    if len(pool.servers) < 2 or pool.discovery not in ("STATIC", "STRICT_DNS") or any(watched(s) for s in pool.servers):
        return
    if outlier(pool, topology) is not None:
        return
    # What the file calls unhealthy counts as down: then the next priority serves already.
    waiting = [s for level in levels(pool, None) if not level.fit + level.worn for s in level.servers]
    spare = next((s for s in waiting if s.priority > 0), None)
    off = "every endpoint switches the check off" if pool.http_check_location else "neither `health_checks` nor `outlier_detection`"
    message = f"none of {pool.name}'s {len(pool.servers)} servers is checked: {off}"
    why = (
        f"a dead server stays in rotation, and {spare.name} of priority {spare.priority} never takes over: nobody ever counts as down"
        if spare
        else f"a dead server keeps its share, {percent(1 / len(pool.servers))} of the requests on average, as errors or retries"
    )
    remedy = f"Add `health_checks` to {pool.name}, or `outlier_detection` where there is no path to check"
    yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "server-without-check", "server-unchecked", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"), also=("server-down",)
)
