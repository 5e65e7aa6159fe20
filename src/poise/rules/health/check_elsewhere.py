"""A server is checked at another port or address than the one it serves on.

## What it finds
`port` or `addr` of a health check (Envoy: `health_check_config` of the endpoint) that differs from the server's traffic. Where only some
servers of the pool do so it is a warning, where all check the same other port, as management ports are, it is information, and where
Envoy asks all for a role there (`/primary`, `/replica` …, as Patroni answers), nothing. In HAProxy also
`http-check connect` to another port: information, and `track` of a server on another machine: a warning where others of the pool track
their own, or this machine has a server to track there.

## Why it hurts
The check tells about something else: a dead application stays UP beside its healthy sidecar, or a healthy one is DOWN because nothing
listens on the checked port.

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
    server app2 10.0.0.2:8080 check port 9090
    server app3 10.0.0.3:8080 check
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
        - endpoint:
            address: {socket_address: {address: 10.0.0.2, port_value: 8080}}
            health_check_config: {port_value: 9090}
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
    server app3 10.0.0.3:8080 check port 8080
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
Medium: a check of a management port is right if that port fails with the application.

## See also
[HAProxy: port](https://docs.haproxy.org/2.8/configuration.html#5.2-port) ·
[addr](https://docs.haproxy.org/2.8/configuration.html#5.2-addr) · [Envoy:
health_check_config](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/endpoint_components.proto)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.regexp import regexp
from poise.model.topology import Pool, Server, Topology
from poise.rules.addresses import host, is_number, parted, same
from poise.rules.envoy_pools import ROLES, STANDBYS, role_asked
from poise.rules.rule import Rule
from poise.rules.words import listing

PORT = regexp(r"\bport (\d{1,5})\b")


class _Followed:
    """The servers of a pool that others track, by name, and the name of the one on each machine."""

    def __init__(self, pool: Pool | None) -> None:
        servers = pool.servers if pool else ()
        self.by_name = {server.name: server for server in servers}
        self.by_machine = {parted(server.address)[0]: server.name for server in servers}


def _place(server: Server) -> str | None:
    """What is checked instead of the traffic's address; None if it is the same."""
    if server.check is None or (server.check.address is None and server.check.port is None):
        return None
    machine, port = parted(server.address)
    address = server.check.address
    # `addr` may be the agent's, where there is one.
    other_host = not server.agent_check and address is not None and host(address) != machine and same(address) != same(server.address)
    other_port = server.check.port is not None and str(server.check.port) != port
    return f"{server.check.address or machine}:{server.check.port or port}" if other_host or other_port else None


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool and way, at the first such server."""
    followed: dict[str, _Followed] = {}
    for pool in topology.pools:
        if topology.product == "haproxy" and any(s.track for s in pool.servers):
            yield from _tracked(pool, topology, followed)
        yield from _checked(pool, topology)
        if topology.product == "haproxy":
            yield from _connected(pool, topology)


def _connected(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """A check's own script that only connects to another port than the traffic's; one that connects to both is silent."""
    for key, active in (("http-check connect", pool.http_check), ("tcp-check connect", "option tcp-check" in pool.options)):
        if not active or key not in pool.options:
            continue
        lines = pool.options[key].split("\n")
        ports = [found[1] if (found := PORT.search(line)) else None for line in lines]
        servers = [s for s in pool.servers if s.check and s.role != "disabled"]
        if not servers or not ports or None in ports or {parted(s.address)[1] for s in servers} & set(ports):
            continue
        first = servers[0]
        message = f"the servers of {pool.name} serve on {first.address} and the like, and are checked at port {ports[0]} (`{key}`)"
        why = "the check can pass while the application is dead, and fail while it is well: its share is lost either way"
        remedy = "Connect to the port that serves as well, or make sure that what answers there fails with the application"
        yield RULE.found(topology, pool.places[key], message, why, remedy, pool=pool.name, severity="info")


def _checked(pool: Pool, topology: Topology) -> Iterable[Finding]:
    checked = [s for s in pool.servers if s.check and s.role != "disabled"]
    elsewhere = [s for s in checked if _place(s)]
    if not elsewhere:
        return
    first = elsewhere[0]
    message = (
        f"{listing(s.name for s in elsewhere)} of {pool.name}: {first.name} serves on {first.address} and is checked at {_place(first)}"
    )
    why = "the check can pass while the application is dead, and fail while it is well: its share is lost either way"
    remedy = "Remove `port` and `addr` from the check, or make sure that what answers there fails with the application"
    odd = len(elsewhere) < len(checked)
    place = (first.check and first.check.location) or first.location
    if topology.product == "envoy":
        if not odd and role_asked(pool, (*ROLES, *STANDBYS)):
            return  # who has the role is asked of what gives it
        remedy = "Remove `health_check_config`, or make sure that what answers there fails with the application"
        own = "endpoint.health_check_config"
        keys = (f"{own}.port_value", f"{own}.address.socket_address.port_value", f"{own}.address.socket_address.address")
        place = next((first.places[key] for key in keys if key in first.places), first.location)
    severity: Severity = "warning" if odd else "info"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


def _tracked(pool: Pool, topology: Topology, known: dict[str, _Followed]) -> Iterable[Finding]:
    """Servers whose health is that of another machine. `known` keeps the pools that were looked into."""
    own, others = 0, []
    for server in pool.servers:
        if server.track is None or server.role == "disabled":
            continue
        name, _, tracked = server.track.rpartition("/")
        at = name or pool.name
        if at not in known:
            known[at] = _Followed(topology.pool(at))
        behind = known[at]
        followed = behind.by_name.get(tracked)
        if followed is None:
            continue
        mine, its = parted(server.address)[0], parted(followed.address)[0]
        if mine == its or not is_number(mine) or not is_number(its):
            own += mine == its
            continue
        others.append((server, followed, behind.by_machine.get(mine)))
    if not others:
        return
    server, followed, better = next((each for each in others if each[2]), others[0])
    message = f"{server.name} of {pool.name} is on {server.address} and takes its health from {followed.name} on {followed.address}"
    why = f"it stays in when its own machine is dead, and leaves when that of {followed.name} is: its share is lost either way"
    remedy = (
        f"Track {better}, which is on the same machine" if better else "Track a server on the same machine, or give it a `check` of its own"
    )
    place = server.places.get("track", server.location)
    severity: Severity = "warning" if own or better else "info"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name, severity=severity)


RULE = Rule("check-elsewhere", "wrong-health-check", "warning", "medium", Topology, check, __doc__, products=("haproxy", "envoy"))
