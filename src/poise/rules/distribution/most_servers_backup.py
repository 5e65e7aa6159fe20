"""Most servers of a pool are backups, so few servers carry everything.

## What it finds
Pools of three or more servers with more backups than active servers.

In Envoy: a first priority of one server with two or more behind it; localities of the same size that stand by are ordinary.

## Why it hurts
Backups get nothing while one active server is up. With one active server and two backups, 100 % of the requests go to the one.

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
    option allbackups
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check backup
    server app3 10.0.0.3:8080 check backup
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080 backup;
    server 10.0.0.3:8080 backup;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
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
      - priority: 1
        lb_endpoints:
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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check backup
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080 backup;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
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
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
High for the shares. One active server with one backup is an ordinary pair and stays silent. In tcp mode it is information: a
database has one writer.

## See also
[HAProxy: backup](https://docs.haproxy.org/2.8/configuration.html#5.2-backup) · [nginx:
backup](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#backup) · `backups-without-allbackups`
"""

from collections.abc import Iterable, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.pools import place_at
from poise.rules.rule import Rule
from poise.rules.words import count, percent, verb


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first backup (Envoy: at the first priority); an error when a single server is active, else a warning."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    # One of weight 0 gets nothing: the backups serve (measured on HAProxy 2.8).
    active = [s for s in pool.servers if s.role == "active" and s.weight > 0]
    backups = [s for s in pool.servers if s.backup and s.role != "disabled"]
    if not active and len(backups) > 1 and not pool.all_backups and topology.product == "haproxy":
        yield _all(pool, topology, backups)
    if not active or len(backups) < 2 or len(backups) <= len(active):
        return
    alone = len(active) == 1
    severity: Severity = "error" if alone else "warning"
    if pool.mode == "tcp" and topology.product == "haproxy":
        severity = "info"  # one writer and its spares is how replicated databases stand
    message = (
        f"{active[0].name} gets 100 % of {pool.name}'s requests: its {count(len(backups), 'other server')} are backups"
        if alone
        else f"{len(backups)} of {pool.name}'s {len(pool.servers)} servers are backups and get no requests"
    )
    idle = percent(len(backups) / len(pool.servers))
    why = f"{count(len(active), 'server')} of {len(pool.servers)} {verb(len(active), 'carry')} everything; {idle} of the servers stand idle"
    remedy = f"Remove `backup` from the servers of {pool.name} that should share the traffic; keep it only on a reserve"
    yield RULE.found(topology, backups[0].location, message, why, remedy, pool=pool.name, server=active[0].name, severity=severity)


def _all(pool: Pool, topology: Topology, backups: Sequence[Server]) -> Finding:
    """`backup` in `default-server`, mostly: without `option allbackups` HAProxy uses the first one that is up, alone."""
    able = f"all {len(backups)} servers {'that can serve ' if len(backups) < len(pool.servers) else ''}are backups"
    message = f"{backups[0].name} gets 100 % of {pool.name}'s requests: {able}, used one at a time"
    why = f"1 server of {len(backups)} carries everything; {percent(1 - 1 / len(backups))} of the servers stand idle"
    remedy = f"Remove `backup` from the servers of {pool.name} that should share the traffic; keep it only on a reserve"
    place = place_at(backups[0], "backup")
    severity: Severity = "info" if pool.mode == "tcp" else "error"
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=backups[0].name, severity=severity)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """A lower priority with more hosts is how another region stands by: only a first priority of one host pins everything."""
    top = min((s.priority for s in pool.servers), default=0)
    first = [s for s in pool.servers if s.priority == top]
    rest = [s for s in pool.servers if s.priority != top]
    if len(first) != 1 or len(rest) < 2 or pool.discovered:
        return
    message = f"{first[0].name} gets 100 % of {pool.name}'s requests: it is alone at priority {first[0].priority}"
    why = f"1 server of {len(pool.servers)} carries everything; the other {len(rest)} wait for it to be unhealthy"
    remedy = f"Give the servers of {pool.name} that should share the traffic one `priority`; keep a lower one for a reserve"
    where = next((each.location for each in pool.localities if first[0].name in each.servers), first[0].location)
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, server=first[0].name)


RULE = Rule("most-servers-backup", "traffic-pinned", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
