"""The pool has too few servers for the losses that it must survive.

## What it finds
Pools where `survive` of `poise.toml` is at least the number of servers that could serve (backups included where they would be used), or at
least the number of different machines among them.

## Why it hurts
With `survive = 1` and one server, or two servers on one machine, a single loss is an outage.

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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.1:8081 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.1:8081;
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
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8081}}}
```
```toml
[pool.web]
survive = 1
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
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
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
```
```toml
[pool.web]
survive = 1
```

## How sure
High for the count; machines are told apart by the host part of their address.

## See also
`loss-overloads` · `single-server` · `poise predict`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.pools import backups, serving
from poise.rules.rule import Rule
from poise.rules.words import count


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its header, or at its last server where there are enough, but on too few machines."""
    survive = needs.of(pool.name).survive
    able = [*serving(pool), *backups(pool)]
    if not survive or not able or pool.discovered or any(s.resolvers for s in able):
        return
    if topology.product == "nginx" and any(is_name(s.address) for s in able):
        # nginx makes a server of every address that the name has.
        return
    machines = {_machine(s.address) for s in able}
    if len(able) <= survive:
        message = f"{pool.name} must survive the loss of {count(survive, 'server')} (poise.toml), and has {len(able)} that can serve"
    elif len(machines) <= survive:
        message = (
            f"{pool.name} must survive {count(survive, 'loss', 'losses')} (poise.toml), "
            f"and its {len(able)} servers are on {count(len(machines), 'machine')}"
        )
    else:
        return
    why = f"{count(survive, 'loss', 'losses')} leave{'s' if survive == 1 else ''} no server: every request gets an error"
    remedy = f"Add servers on other machines to {pool.name}"
    # A server that is missing has no line; one on the machine of another has.
    if len(able) <= survive:
        yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)
    else:
        yield RULE.found(topology, able[-1].location, message, why, remedy, pool=pool.name, server=able[-1].name)


def _machine(address: str) -> str:
    host = address.rpartition(":")[0] or address
    return address if host in ("", "localhost") or host.startswith(("127.", "/")) else host.rpartition("@")[2].lower()


RULE = Rule("survive-impossible", "server-down", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
