"""One address stands twice in a pool, so one machine gets a double share.

## What it finds
Two servers of one pool, neither of them disabled (nginx: `down`), with the same address and port. Names that a resolver turns into
addresses are silent.

## Why it hurts
The machine gets the sum of both shares (66.7 % of three lines), is counted as two when you ask what survives a loss, and is checked
twice.

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
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.2:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
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
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
    server app3 10.0.0.2:8081 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.2:8081;
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
    common_lb_config: {healthy_panic_threshold: {value: 50}}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8081}}}
```

## How sure
High: mostly a copied line whose address was forgotten. Two ports of one machine are two addresses and stay silent.

## See also
[HAProxy: server](https://docs.haproxy.org/2.8/configuration.html#5) · [nginx:
server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.addresses import same
from poise.rules.exposure.reach import is_name
from poise.rules.rule import Rule
from poise.rules.words import listing, percent

# Measured: Envoy counts an address that stands twice as two hosts, except in what EDS tells, where it takes the first.
ONE_HOST_EACH = ("EDS",)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per address that stands more than once, at its second appearance."""
    seen: dict[str, list[Server]] = {}
    for server in pool.servers:
        # The slots of a template with a name are template-without-resolvers.
        slot = (server.template or 1) > 1 and is_name(server.address)
        if server.role != "disabled" and not server.resolvers and not slot and server.address:
            seen.setdefault(same(server.address), []).append(server)
    total = sum(s.weight for s in pool.servers if s.role == "active")
    for servers in seen.values():
        if len(servers) < 2:
            continue
        address = servers[0].address
        names = listing(f"{s.name} (line {s.location.line})" for s in servers)
        share = sum(s.weight for s in servers if s.role == "active") / total if total else 0.0
        message = f"{address} stands {len(servers)} times in {pool.name}: {names}"
        backups = any(s.backup or s.priority > servers[0].priority for s in servers)
        why = (
            "the backup is the same machine as the server it should replace: it dies with it"
            if backups and any(not s.backup for s in servers)
            else "Envoy takes the first line only: the others, their weights included, have no effect"
            if pool.discovery in ONE_HOST_EACH
            else f"one machine gets {percent(share)} of {pool.name}'s requests as if it were {len(servers)}, and its loss takes all of that"
        )
        remedy = f"Correct the address of {servers[1].name}, or delete its line"
        if servers[1].template:
            remedy = "Write one server per machine, or give the template a name and `resolvers`"
        severity: Severity = "warning" if pool.discovery in ONE_HOST_EACH else "error"
        place = servers[1].spots.address or servers[1].location
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=servers[1].name, severity=severity)


RULE = Rule("duplicate-address", "uneven-weights", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
