"""Each worker balances for itself.

## What it finds
nginx pools of two or more servers without `zone`, where more than one worker is configured (`auto` counts as more than one). Information;
a warning for `random two`, whose whole point is to compare loads. A fragment that does not say how many workers there are is silent.

## Why it hurts
Without shared memory each worker has its own turn, its own counts of connections and its own list of dead servers. With little traffic the
first servers get more (16 workers, 30 requests: 20/6/4 instead of 10/10/10), `least_conn` and `random two` see a fraction of the load, and
each worker must meet a dead server itself before it avoids it.

## Bad
```nginx
worker_processes 4;
events {}
http {
    upstream web {
        random two least_conn;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        server 10.0.0.3:8080;
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
        random two least_conn;
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        server 10.0.0.3:8080;
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
High for the mechanism, measured; whether it matters depends on the traffic, and with much of it round robin evens out.

## See also
[nginx: zone](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#zone) · `max-conns-per-worker`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import primaries, several_workers, workers
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that compares loads, else at its header."""
    if "zone" in pool.options or pool.implicit or len(primaries(pool)) < 2 or not several_workers(topology):
        return
    if any(s.maxconn for s in pool.servers):
        # The limits are wrong then, which is another rule.
        return
    algorithm = pool.algorithm
    compares = algorithm.name == "random" and (algorithm.argument or "").startswith("two")
    how_many = workers(topology)
    who = f"each of {how_many} workers" if how_many else "each worker"
    message = f"{pool.name} has no `zone`: {who} balances for itself"
    why = (
        "`random two` compares the connections of one worker only: it sends to a server that the others have filled"
        if compares
        else "turns begin anew in each, which favours the first servers while traffic is low, and each must meet a dead server itself"
    )
    remedy = f"Add `zone {pool.name} 64k;` to {pool.name}"
    place = (algorithm.location if compares else None) or pool.location
    severity: Severity = "warning" if compares else "info"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "upstream-without-zone",
    None,
    "info",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents shares that follow the worker a request came to, which evens out under load",
)
