r"""Connections stay with a server that failed its health check.

## What it finds
In Envoy clusters behind a TcpProxy with health checks and without `close_connections_on_host_health_failure`: a warning where a second
priority stands by (failover moves new connections only), else information. In HAProxy pools of `mode tcp` whose check asks for a role or
a state (`tcp-check expect … role:master`, `option httpchk` of `/primary` or on a port of its own, `option mysql-check` beside a backup),
without `on-marked-down shutdown-sessions`: a warning where backups stand by, else information.

## Why it hurts
A server that hangs without closing, or a primary that lost its role, keeps the clients that it has: a pool of database connections stays on
the wrong one for hours, while new connections go to the right one.

## Bad
```envoy
static_resources:
  listeners:
  - name: database
    address: {socket_address: {address: 0.0.0.0, port_value: 5432}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  clusters:
  - name: database
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      tcp_health_check: {}
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 5432}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 5432}}}
```
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    option clitcpka
    option srvtcpka
listen redis
    bind :6379
    option tcp-check
    tcp-check send info\ replication\r\n
    tcp-check expect string role:master
    default-server check inter 2s
    server redis1 10.0.0.1:6379
    server redis2 10.0.0.2:6379
```

## Good
```envoy
static_resources:
  listeners:
  - name: database
    address: {socket_address: {address: 0.0.0.0, port_value: 5432}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: database
  clusters:
  - name: database
    connect_timeout: 1s
    close_connections_on_host_health_failure: true
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      tcp_health_check: {}
    load_assignment:
      cluster_name: database
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 5432}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 5432}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 5432}}}
```
```haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    option clitcpka
    option srvtcpka
listen redis
    bind :6379
    option tcp-check
    tcp-check send info\ replication\r\n
    tcp-check expect string role:master
    default-server check inter 2s on-marked-down shutdown-sessions
    server redis1 10.0.0.1:6379
    server redis2 10.0.0.2:6379
```

## How sure
Medium: a server that dies outright closes its connections itself, and draining may be wanted. Checks of HAProxy that only connect are
silent, and so are pools at the ports of the web.

## See also
[HAProxy: on-marked-down](https://docs.haproxy.org/2.8/configuration.html#5.2-on-marked-down) ·
[Envoy: close_connections_on_host_health_failure](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto)
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_ways import checks, place, several, spoken, ways
from poise.rules.pools import in_use, place_at, place_of
from poise.rules.rule import Rule
from poise.rules.words import listing

WHY = "clients that hold a connection do not move when the server hangs or loses its role; only new ones do"
# What a check says that asks which server may write, in its path or in the answer that it expects.
ROLE = r"role|master|primary|leader|replica|standby|slave|writer|read.?(?:only|write)|recovery"
DATABASES = ("option mysql-check", "option pgsql-check", "option redis-check")
# Browsers open new connections all the time.
WEB = ("80", "443", "8080", "8443")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool."""
    if topology.product == "haproxy":
        yield from _haproxy(pool, topology)
        return
    path = "close_connections_on_host_health_failure"
    way = next(iter(ways(pool, topology, http=False)), None)
    if pool.options.get(path) == "true" or not checks(pool) or not several(pool) or way is None or any(True for _ in ways(pool, topology)):
        return
    # HTTP/2 in TCP is another mistake, and the greater one.
    if spoken(pool) == "HTTP/2" or any(bind.options.get("socket_address.protocol") == "UDP" for bind in way[0].binds):
        return
    standby = len({server.priority for server in pool.servers}) > 1
    message = f"connections stay with a server of {pool.name} that failed its check: no `{path}`"
    remedy = f"Set `{path}: true` in {pool.name}"
    severity: Severity = "warning" if standby else "info"
    yield RULE.found(topology, place(pool, path, "health_checks"), message, WHY, remedy, pool=pool.name, severity=severity)


def _haproxy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    if pool.mode != "tcp" or len(in_use(pool)) < 2:
        return
    state = [s for s in in_use(pool) if s.check and s.options.get("on-marked-down") != "shutdown-sessions" and _of_state(s, pool)]
    lasting = [s for s in state if s.address.rpartition(":")[2] not in WEB]
    if not lasting:
        return
    standby = any(s.backup for s in in_use(pool)) and not any(option in pool.options for option in DATABASES)
    names = listing(s.name for s in lasting)
    message = f"connections stay with {names} of {pool.name} when the check fails: no `on-marked-down shutdown-sessions`"
    remedy = f"Add `on-marked-down shutdown-sessions` to the servers of {pool.name}, best in `default-server`"
    severity: Severity = "warning" if standby else "info"
    first = lasting[0]
    where = place_at(first, "check") if "check" in first.places else place_of(pool, "option httpchk")
    yield RULE.found(topology, where, message, WHY, remedy, pool=pool.name, server=first.name, severity=severity)


def _of_state(server: Server, pool: Pool) -> bool:
    """Whether the check asks more than whether the server lives: it can fail while connections go on."""
    if any(option in pool.options for option in DATABASES):
        return any(s.backup for s in in_use(pool))
    check = server.check
    if pool.http_check and check is not None:
        apart = check.port is not None and str(check.port) != server.address.rpartition(":")[2]
        return apart or check.address is not None or re.search(ROLE, check.path or "", re.IGNORECASE) is not None
    return re.search(ROLE, pool.options.get("tcp-check expect", ""), re.IGNORECASE) is not None


RULE = Rule(
    "failed-server-keeps-connections",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    because="it prevents clients that stay on a server which is out of rotation",
)
