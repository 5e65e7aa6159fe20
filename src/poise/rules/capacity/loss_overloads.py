"""The pool does not survive the losses that the application must survive.

## What it finds
Pools that are overloaded at the declared peak: with all servers, or after losing `survive` of them. From 100 % of a server's capacity on
it is an error, and `poise predict` says that the need is not met; above 80 % it is a warning. Needs `peak_requests_per_second`,
`service_time_ms`, and `concurrency_per_server`, `maxconn` or nginx's `max_conns`. In Envoy it is information where the loss of one
locality, of more hosts than `survive` counts, leaves too few.

## Why it hurts
When one server stops, its share moves to the others. If that is more than one of them can serve, it fails too, and its share moves on: a
cascade.

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
    default-server maxconn 32
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    keepalive 32;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
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
peak_requests_per_second = 1200
concurrency_per_server = 32
service_time_ms = 40
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
    default-server maxconn 32
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    keepalive 32;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```
```toml
[pool.web]
survive = 1
peak_requests_per_second = 1200
concurrency_per_server = 32
service_time_ms = 40
```

## How sure
Medium: utilisation = peak × share × service time ÷ concurrency, from declared figures.

## See also
`poise predict`, which lists every loss
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from poise.balance.room import LITTLE_LEFT, keeps_up, little_left
from poise.balancers.envoy.priorities import UNAVAILABLE
from poise.model.finding import Finding
from poise.model.forecast import PoolForecast, ServerShare
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool, Topology
from poise.rules.outlook import outlook
from poise.rules.rule import Rule
from poise.rules.words import listing


def _hottest(servers: Sequence[ServerShare]) -> ServerShare | None:
    return max((s for s in servers if s.utilisation is not None), key=lambda s: s.utilisation or 0.0, default=None)


def _of(lost: tuple[str, ...], forecast: PoolForecast) -> Sequence[ServerShare]:
    """The servers as they are without those."""
    return next((loss.servers for loss in forecast.without if loss.lost == lost), forecast.servers)


def _alone(top: ServerShare, servers: Sequence[ServerShare]) -> bool:
    """Whether that server is more loaded than the others that get requests, by a tenth at least."""
    others = [s.utilisation for s in servers if s.server != top.server and s.utilisation]
    return bool(others) and (top.utilisation or 0.0) > 1.1 * max(others)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool: the worst case that its needs name."""
    wants = needs.of(pool.name)
    if wants.peak_requests_per_second is None:
        return
    forecast = outlook(pool, topology, needs)
    if forecast is None:
        return
    cases: list[tuple[tuple[str, ...], ServerShare | None]] = [((), _hottest(forecast.servers))]
    cases += [(loss.lost, _hottest(loss.servers)) for loss in forecast.without if len(loss.lost) <= (wants.survive or 0)]
    lost, top = max(((c, s) for c, s in cases if s is not None), key=lambda case: case[1].utilisation or 0.0, default=((), None))
    if top is None or top.utilisation is None or not little_left(top.utilisation):
        yield from _without_a_locality(pool, topology, wants)
        return
    without = f"without {listing(lost)}, " if lost else ""
    over = not keeps_up(top.utilisation)
    message = f"{without}{top.server} of {pool.name} runs at {top.utilisation:.0%} of its capacity at the declared peak"
    why = (
        f"{top.server} cannot serve its share of {wants.peak_requests_per_second:g} requests/s: it fails, and the others get that too"
        if over
        else LITTLE_LEFT
    )
    remedy = f"Add servers to {pool.name}, level its weights, or shorten the service time; `poise predict` shows every loss"
    server = pool.server(top.server)
    limit = server.maxconn if server else None
    # What a low maxconn makes scarce is told at the maxconn.
    scarce = limit is not None and limit < (wants.concurrency_per_server or 10**9)
    # Where all are as hot, no server is at fault: the pool is too small.
    hotter = server is not None and (scarce or _alone(top, _of(lost, forecast)))
    place = (server and hotter and ((server.spots.maxconn if scarce else None) or server.location)) or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=top.server, severity="error" if over else "warning")


def _without_a_locality(pool: Pool, topology: Topology, wants: PoolNeeds) -> Iterable[Finding]:
    """Envoy: hosts of one locality fail together. `survive` counts servers, so this is for information."""
    limit, time = wants.concurrency_per_server, wants.service_time_ms
    hosts = Counter(server.locality for server in pool.servers if server.health not in UNAVAILABLE)
    if not wants.survive or not limit or not time or len(hosts) < 2 or None in hosts or any(s.priority for s in pool.servers):
        return
    needed = (wants.peak_requests_per_second or 0.0) * time / 1000
    name, lost = max(hosts.items(), key=lambda each: each[1])
    left = hosts.total() - lost
    if lost <= wants.survive or needed <= left * limit:
        return
    message = f"without {name}, {left} of {pool.name}'s {hosts.total()} hosts are left, and the declared peak needs {needed / limit:.3g}"
    why = f"each of the {left} gets {needed / limit / left:.2g} times what it can carry; in panic dead hosts get requests too"
    remedy = f"Give {pool.name} enough hosts in every locality that the others can do without it"
    place = pool.places.get("load_assignment.endpoints", pool.location)
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="info")


RULE = Rule("loss-overloads", "surge", "error", "medium", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
