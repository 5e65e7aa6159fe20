"""A limit of connections counts for each worker.

## What it finds
nginx's `max_conns` in a pool without `zone`, unless the file says that there is one worker.

## Why it hurts
Without shared memory each worker counts its own connections: with four workers `max_conns=100` lets 400 through. The server that should be
protected gets a multiple of what it can take.

## Bad
```nginx
worker_processes 4;
events {}
http {
    upstream web {
        server 10.0.0.1:8080 max_conns=100;
        server 10.0.0.2:8080 max_conns=100;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://web;
        }
    }
}
```

## Good
```nginx
worker_processes 4;
events {}
http {
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
}
```

## How sure
High: the manual says so. In a fragment the number of workers is not known, and more than one is assumed.

## See also
[nginx: max_conns](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_conns) · `upstream-without-zone`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import workers
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first limit."""
    limited = next((s for s in pool.servers if s.maxconn), None)
    how_many = workers(topology)
    if limited is None or limited.maxconn is None or "zone" in pool.options or how_many == 1:
        return
    most = f"{how_many * limited.maxconn} with {how_many} workers" if how_many else f"{limited.maxconn} times the number of workers"
    message = f"`max_conns={limited.maxconn}` of {limited.name} counts for each worker: {pool.name} has no `zone`"
    why = f"{limited.name} may get {most}, and fails at the load that the limit should keep away"
    remedy = f"Add `zone {pool.name} 64k;` to {pool.name}"
    yield RULE.found(topology, limited.spots.maxconn or limited.location, message, why, remedy, pool=pool.name, server=limited.name)


RULE = Rule("max-conns-per-worker", "surge", "warning", "high", Pool, check, __doc__, products=("nginx",))
