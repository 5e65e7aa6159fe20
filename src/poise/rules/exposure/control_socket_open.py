"""Anyone can command the running load balancer.

## What it finds
A `stats socket` of level admin or operator on a TCP address that other machines reach, or a Unix socket that all users may write to.
Envoy's `admin` interface on an address that other machines reach, unless `allow_paths` says what may be asked.

## Why it hurts
The admin socket sets weights, drains and disables servers, without a password. Whoever reaches it can send all traffic to one server.
One of level operator, the default, refuses that (measured on 2.6): it shows sessions with their clients' addresses, tables and servers,
and clears counters, which is a warning.
Envoy's admin interface stops the process, fails its health checks, drains its listeners and shows the configuration to anyone who asks.

## Bad
```haproxy
global
    server-state-file /var/lib/haproxy/state
    stats socket ipv4@0.0.0.0:9999 level admin
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    load-server-state-from-file global
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```envoy
admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}
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

## Good
```haproxy
global
    server-state-file /var/lib/haproxy/state
    stats socket /run/haproxy/admin.sock mode 660 level admin
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    load-server-state-from-file global
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```envoy
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
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
High for the configuration. A firewall in front, or the folder's permissions, are not visible here.

## See also
[HAProxy: stats socket](https://docs.haproxy.org/2.8/configuration.html#3.1-stats%20socket) · `stats-open` · [Envoy:
admin](https://www.envoyproxy.io/docs/envoy/latest/operations/admin)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.exposure.reach import is_local, is_path
from poise.rules.rule import Rule


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per socket."""
    for socket in topology.control_sockets:
        if socket.level == "user" or any(path.startswith("admin.allow_paths") for path in topology.options):
            continue
        if socket.protocol == "http" and not is_local(socket.address):
            message = f"the admin interface {socket.address} obeys anyone who reaches its port"
            why = "one request stops Envoy, fails its health checks or drains its listeners; another shows the configuration"
            remedy = "Bind it to 127.0.0.1 or a pipe, or name in `allow_paths` what may be asked"
            where = topology.places.get("admin.address.socket_address.address", socket.location)
            yield RULE.found(topology, where, message, why, remedy)
            continue
        if is_path(socket.address):
            # The last octal digit of the mode is everybody; 2 is write, which connecting to a Unix socket takes.
            if not socket.mode or socket.mode[-1] not in "2367":
                continue
            who, remedy = f"every user of this machine (mode {socket.mode})", "Set `mode 660` and a `group` on the socket"
        elif not is_local(socket.address) and not socket.address.startswith("$"):
            who, remedy = "anyone who reaches its port", "Use a Unix socket with `mode 660`, or bind it to 127.0.0.1"
        else:
            continue
        message = f"the {socket.level} socket {socket.address} obeys {who}"
        why = "one command sets weights or disables servers: all traffic can be sent to one server, or to none"
        severity: Severity = "error"
        if socket.level == "operator":
            why, severity = "it shows every session with its client's address, all tables and servers, and clears counters", "warning"
        yield RULE.found(topology, socket.location, message, why, remedy, severity=severity)


RULE = Rule(
    "control-socket-open",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    because="it prevents strangers from changing the load balancer",
)
