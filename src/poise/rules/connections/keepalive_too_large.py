"""Idle connections may take all the connections that a worker has.

## What it finds
nginx's `keepalive N` with N at or above `worker_connections` (512 where none is written), and N × workers above the sum of the servers'
`max_conns`, which is information.

## Why it hurts
Kept connections count as used: by `worker_connections` in nginx, and by the server, which often has a fixed number of slots. Idle ones
then keep new clients out. `max_conns` does not count them (measured), and so does not protect the server from them. The number is for idle
connections only and need not be that of the peak.

## Bad
```nginx
events {
    worker_connections 1024;
}
http {
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 2000;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
```

## Good
```nginx
events {
    worker_connections 1024;
}
http {
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 64;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
```

## How sure
High for the arithmetic; how many are idle at once depends on the load.

## See also
[nginx: keepalive](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive) · `keepalive-too-small`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import primaries, whole_number, workers
from poise.rules.rule import Rule

DEFAULT_CONNECTIONS = 512


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the number."""
    kept = whole_number(pool.options.get("keepalive"))
    if not kept:
        return
    written = whole_number(topology.options.get("worker_connections"))
    most = (written or DEFAULT_CONNECTIONS) if topology.complete else written
    how_many = workers(topology) or 1
    room = sum(s.maxconn or 0 for s in primaries(pool)) if all(s.maxconn for s in primaries(pool)) else 0
    if most and kept >= most:
        limit = f"a worker has {most} connections in all (worker_connections)"
        why = "idle connections to servers leave none for clients: nginx refuses them with `worker_connections are not enough`"
        severity: Severity = "warning"
    elif room and kept * how_many > room:
        limit = f"its servers take {room} (max_conns)" if how_many == 1 else f"with {how_many} workers its servers take {room} (max_conns)"
        why = "nginx does not count idle ones among `max_conns`: a server with a thread for each connection is full of them"
        severity = "info"
    else:
        return
    message = f"`keepalive {kept}` of {pool.name} lets each worker keep {kept} idle connections, but {limit}"
    remedy = "Write a small multiple of the number of servers, such as `keepalive 32;`: it limits idle connections, not those in use"
    yield RULE.found(topology, pool.places.get("keepalive", pool.location), message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("keepalive-too-large", "listener-maxconn", "warning", "medium", Pool, check, __doc__, products=("nginx",))
