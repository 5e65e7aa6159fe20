"""A worker has fewer connections than it is asked for.

## What it finds
nginx's `worker_connections` above `worker_rlimit_nofile`; `worker_connections` of 128 or less in a file that passes requests on; and fewer
of them in all workers than the peaks of `poise.toml` need, two for each request at once.

## Why it hurts
A proxied request holds two connections, the client's and the server's. When they run out nginx accepts no more ("worker_connections are
not enough"), or cannot open a connection to a server ("too many open files"): clients hang or get 500, whatever the servers do.

## Bad
```nginx
worker_rlimit_nofile 1024;
events {
    worker_connections 4096;
}
http {
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
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
worker_rlimit_nofile 16384;
events {
    worker_connections 4096;
}
http {
    upstream web {
        zone web 64k;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
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
High for the limits as written. Without `worker_rlimit_nofile` the system's limit holds, which the file does not show.

## See also
[nginx: worker_rlimit_nofile](https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.nginx_ways import whole_number, workers
from poise.rules.rule import Rule

FEW, DEFAULT = 128, 512


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per file, at the number."""
    written = whole_number(topology.options.get("worker_connections"))
    files = whole_number(topology.options.get("worker_rlimit_nofile"))
    if not topology.complete or not any(listener.routes for listener in topology.listeners):
        return
    most, how_many = DEFAULT if written is None else written, workers(topology)
    wanted = 2 * _at_once(topology, needs)
    if files is not None and files < most:
        message = f"a worker may open {files} files (worker_rlimit_nofile), but is asked for {most} connections"
        why = f"from {files} connections on clients hang and requests fail with `too many open files`"
        remedy = f"Set `worker_rlimit_nofile {2 * most};`, two for each connection"
        name = "worker_rlimit_nofile"
    elif how_many and wanted > most * how_many:
        message = f"{how_many} x {most} connections are too few for the declared peaks: {wanted:.0f} are needed, two for each request"
        why = "at the peak nginx accepts no more clients: they hang until their own timeout"
        remedy = f"Set `worker_connections {int(2 * wanted / how_many)};`"
        name = "worker_connections"
    elif written is not None and written <= FEW:
        message = f"a worker has {written} connections: {written // 2} proxied requests at once"
        why = f"the next client hangs: a proxied request takes two connections, and {written} are soon taken by idle clients alone"
        remedy = "Set `worker_connections 4096;`"
        name = "worker_connections"
    else:
        return
    place = topology.places.get(name) or topology.listeners[0].location
    yield RULE.found(topology, place, message, why, remedy)


def _at_once(topology: Topology, needs: Needs) -> float:
    wants = [needs.of(pool.name) for pool in topology.pools]
    return sum((w.peak_requests_per_second or 0) * (w.service_time_ms or 0) / 1000 for w in wants)


RULE = Rule("few-worker-connections", "listener-maxconn", "warning", "high", Topology, check, __doc__, products=("nginx",))
