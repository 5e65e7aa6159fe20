"""One server may hold far fewer connections than its peers.

## What it finds
Active servers whose `maxconn` (nginx: `max_conns`), relative to their weight, is a quarter or less of their peers' median, each peer
counted by its weight; in HAProxy also the one server of three or more that has a `maxconn` at all.

## Why it hurts
The server is full long before the others. Its share queues and then moves on (measured: 4.7 % instead of a third at 24 concurrent
requests), or waits for `timeout queue` and fails with 503 where a hash or cookie pins it. nginx has no queue: it passes a full server over.

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
    server app1 10.0.0.1:8080 check maxconn 100
    server app2 10.0.0.2:8080 check maxconn 1
    server app3 10.0.0.3:8080 check maxconn 100
```
```nginx
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 max_conns=100;
    server 10.0.0.2:8080 max_conns=2;
    server 10.0.0.3:8080 max_conns=100;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
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
    server app1 10.0.0.1:8080 check maxconn 100
    server app2 10.0.0.2:8080 check maxconn 100
    server app3 10.0.0.3:8080 check maxconn 50 weight 1
```
```nginx
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 max_conns=100;
    server 10.0.0.2:8080 max_conns=100;
    server 10.0.0.3:8080 max_conns=100;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
Medium: a smaller machine may need it. Then give it a smaller weight too, and the rule is silent.

## See also
[HAProxy: maxconn](https://docs.haproxy.org/2.8/configuration.html#5.2-maxconn) · [nginx:
max_conns](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_conns)
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.rule import Rule
from poise.rules.words import slashed


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server whose limit is out of line."""
    servers = [s for s in pool.servers if s.role == "active" and s.weight > 0]
    limited = [s for s in servers if s.maxconn]
    if len(limited) == 1 and len(servers) > 2 and pool.algorithm.name != "first" and topology.product == "haproxy":
        yield _alone(pool, topology, limited[0])
    if len(limited) < 2:
        return
    # `balance first` may well end with a server that takes the rest.
    if len(limited) == len(servers) - 1 and pool.algorithm.name != "first" and topology.product == "haproxy":
        endless = next(s for s in servers if not s.maxconn)
        message = f"{endless.name} of {pool.name} may hold any number of connections, its peers {limited[0].maxconn} or so"
        why = f"in an overload all that the others turn away falls on {endless.name}, and nothing protects it"
        remedy = f"Give {endless.name} a `maxconn` too, best in `default-server`"
        yield RULE.found(topology, endless.location, message, why, remedy, pool=pool.name, server=endless.name, severity="info")
    word = "max_conns" if topology.product == "nginx" else "maxconn"
    rooms = sorted(((s.maxconn or 0) / s.weight, s.weight) for s in limited)
    if rooms[0] == rooms[-1] and rooms[0][0] > 0:
        return
    # How much of the weight stands at each room or below: a canary of little weight is no measure for those that carry the traffic.
    below = list(accumulate(weight for _, weight in rooms))
    limits = slashed([s.maxconn or "-" for s in servers])
    for server in limited:
        room = (server.maxconn or 0) / server.weight
        # The median of the others by weight: the server itself, where it is odd, stands below it.
        peers = rooms[bisect_left(below, (below[-1] + server.weight) / 2)][0]
        if room * 4 > peers:
            continue
        message = f"{server.name} of {pool.name} may hold {server.maxconn} connections, its peers far more: {word} {limits}"
        if len({s.weight for s in servers}) > 1:
            weights = slashed([s.weight for s in servers])
            message = f"{server.name} of {pool.name} has far less {word} for its share than its peers: {word} {limits}, weights {weights}"
        rest = "falls on the others" if topology.product == "nginx" else "queues, fails after `timeout queue`, or falls on the others"
        why = f"{server.name} is full at {room / peers:.0%} of the load that its peers take: what it should serve {rest}"
        remedy = f"Raise the {word} of {server.name}, or lower its weight in the same ratio"
        place = server.spots.maxconn or server.location
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name)


def _alone(pool: Pool, topology: Topology, server: Server) -> Finding:
    message = f"{server.name} of {pool.name} may hold {server.maxconn} connections, its peers any number"
    why = f"from {server.maxconn} requests at once on its share queues or falls on the others, which nothing limits"
    remedy = f"Give every server of {pool.name} a `maxconn`, or take that of {server.name} out"
    place = server.spots.maxconn or server.location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name, severity="warning")


RULE = Rule("odd-maxconn", "server-maxconn", "error", "medium", Pool, check, __doc__, products=("haproxy", "nginx"))
