"""The backups cannot carry what the active servers carried.

## What it finds
Pools whose usable backups (all with `option allbackups`, else the first) can serve less at once than the declared peak needs. Needs
`peak_requests_per_second`, `service_time_ms`, and `concurrency_per_server` or `maxconn`. In nginx it is information where
`survive` is less than the number of active servers, and backups on the same host are silent. In Envoy these are the hosts
of the second priority; without those keys a second priority of two or more hosts and at most a third of the first one's is a warning, one
of at most half information.

## Why it hurts
When the active servers are gone everything falls on the backups. If they cannot carry it they fail one after the other, and the outage
that they were kept for happens anyway.

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
    default-server maxconn 25
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server spare 10.0.1.1:8080 check backup
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.1.1:8080 backup;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 2s;
    }
}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```
```toml
[pool.web]
peak_requests_per_second = 1000
service_time_ms = 50
concurrency_per_server = 25
survive = 0
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
    option allbackups
    default-server maxconn 25
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server spare1 10.0.1.1:8080 check backup
    server spare2 10.0.1.2:8080 check backup
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.1.1:8080 backup;
    server 10.0.1.2:8080 backup;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 2s;
    }
}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.5, port_value: 8080}}}
```
```toml
[pool.web]
peak_requests_per_second = 1000
service_time_ms = 50
concurrency_per_server = 25
survive = 0
```

## How sure
Medium: at once = peak × service time, from declared figures. By number alone hosts are taken for equals. In HAProxy a backup with a larger
`maxconn` than the active servers counts for so much more.

## See also
[HAProxy: backup](https://docs.haproxy.org/2.8/configuration.html#5.2-backup) · `backups-without-allbackups` · `loss-overloads`
"""

from collections.abc import Iterable, Sequence

from poise.balancers.envoy.priorities import by_priority
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.pools import backups, serving
from poise.rules.rule import Rule
from poise.rules.words import count, listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first backup, in Envoy at that priority."""
    wants, spare, active = needs.of(pool.name), backups(pool), serving(pool)
    if topology.product == "envoy":
        by_level = by_priority(pool)
        active, spare = by_level[0] if by_level else (), by_level[1] if len(by_level) > 1 else ()
    peak, time = wants.peak_requests_per_second, wants.service_time_ms
    if topology.product == "envoy" and spare and not pool.discovered and (peak is None or time is None):
        yield from _by_number(pool, topology, active, spare)
    if not spare or peak is None or time is None or not active:
        return
    usual = max((s.maxconn or 0 for s in active), default=0)
    limits = [_room(s, usual, wants.concurrency_per_server) for s in spare]
    needed = peak * time / 1000
    if 0 in limits or sum(limits) >= needed:
        return
    if topology.product == "nginx" and all(is_local(s.address) for s in spare):
        # A page of apology on the same host.
        return
    names = listing(s.name for s in spare)
    message = (
        f"the peak of {pool.name} needs {needed:.3g} requests at once, and its "
        f"{'backup' if len(spare) == 1 else 'backups'} {names} can serve {sum(limits)}"
    )
    why = (
        f"when the {count(len(active), 'active server')} fail, {names} "
        f"get{'s' if len(spare) == 1 else ''} {needed / sum(limits):.2g} times what they can carry"
    )
    if topology.product == "envoy":
        why += "; Envoy's documentation asks for priorities that can each carry everything"
    # nginx asks the backups only when no other server is left: whether that must be survived is for the needs to say.
    severity: Severity = "info" if topology.product == "nginx" and len(active) > (wants.survive or 0) else RULE.severity
    more = "Add hosts to that priority" if topology.product == "envoy" else f"Add backups to {pool.name}"
    more += " and `option allbackups`" if topology.product == "haproxy" else ""
    remedy = f"{more}, or answer with a light page that carries the peak"
    yield RULE.found(topology, _place(pool, spare[0]), message, why, remedy, pool=pool.name, server=spare[0].name, severity=severity)


def _by_number(pool: Pool, topology: Topology, active: Sequence[Server], spare: Sequence[Server]) -> Iterable[Finding]:
    """Without figures: hosts of one pool are mostly alike. One host alone is a last resort that nobody takes for the other half."""
    times = sum(s.weight for s in active) / sum(max(s.weight, 1) for s in spare)
    if times < 2:
        return
    level = spare[0].priority
    message = f"priority {level} of {pool.name} has {count(len(spare), 'host')} for what {len(active)} carry"
    why = (
        f"when the first priority fails each host of the next gets {times:.2g} times as much; Envoy's documentation asks for enough in each"
    )
    remedy = f"Add hosts to priority {level}, or declare the peak of {pool.name} in poise.toml to show that they are enough"
    severity: Severity = "warning" if times >= 3 and len(spare) > 1 else "info"
    yield RULE.found(topology, _place(pool, spare[0]), message, why, remedy, pool=pool.name, server=spare[0].name, severity=severity)


def _place(pool: Pool, spare: Server) -> Location:
    """Envoy: where the priority is written; else the server."""
    group = next((each for each in pool.localities if spare.name in each.servers), None)
    return (group and (group.priority_location or group.location)) or spare.location


def _room(server: Server, usual: int, each: int | None) -> int:
    """What that server can serve at once, 0 if nobody says. One with a larger `maxconn` than the active ones is a larger machine."""
    if each and server.maxconn and usual and server.maxconn > usual:
        return max(each * server.maxconn // usual, 1)
    return min((x for x in (server.maxconn, each) if x), default=0)


RULE = Rule("backup-capacity", "surge", "error", "medium", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
