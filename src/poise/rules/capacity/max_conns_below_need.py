"""The limits of all servers together are below what comes.

## What it finds
nginx pools where every server has `max_conns` and their sum is below the requests at once that `poise.toml` declares
(`peak_requests_per_second` × `service_time_ms`): an error. Without needs a sum below 16 is a warning. `queue`, which nginx Plus has, is
silent.

## Why it hurts
nginx has no queue: when all servers are full the request gets 502 at once. Measured with three servers, `max_conns=1` and 24 clients, 95 %
of the requests failed.

## Bad
```nginx
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 max_conns=4;
    server 10.0.0.2:8080 max_conns=4;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## Good
```nginx
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 max_conns=100;
    server 10.0.0.2:8080 max_conns=100;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High, given the needs; medium without.

## See also
[nginx: max_conns](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_conns) · `max-conns-per-worker` · `loss-overloads`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import alive, workers
from poise.rules.rule import Rule

FEW = 16


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first limit."""
    servers = [s for s in alive(pool) if not s.backup]
    if not servers or any(not s.maxconn for s in servers) or "queue" in pool.options:
        return
    room = sum(s.maxconn or 0 for s in servers)
    if "zone" not in pool.options:
        room *= workers(topology) or 1
    wants = needs.of(pool.name)
    at_once = None
    if wants.peak_requests_per_second and wants.service_time_ms:
        at_once = wants.peak_requests_per_second * wants.service_time_ms / 1000
    if room >= (FEW if at_once is None else at_once):
        return
    known = f", and {at_once:.3g} come at once at the declared peak" if at_once is not None else ""
    message = f"{pool.name} takes {room} requests at once (max_conns){known}: nginx answers the next one 502"
    why = (
        f"at the peak about {1 - room / at_once:.0%} of the requests fail although no server is down"
        if at_once is not None
        else f"{room + 1} requests at once are enough for the first error, although no server is down"
    )
    remedy = f"Raise `max_conns` to what the servers of {pool.name} can take, or add servers"
    first = servers[0]
    severity: Severity = "warning" if at_once is None else "error"
    place = first.spots.maxconn or first.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


RULE = Rule("max-conns-below-need", "server-maxconn", "error", "medium", Pool, check, __doc__, products=("nginx",))
