"""The balancing method switches the kept connections off.

## What it finds
nginx's `least_conn`, `ip_hash`, `hash` or `random` below `keepalive` in an upstream block, before 1.29.7.

## Why it hurts
The later line replaces what the earlier one set up. nginx only warns ("load balancing method redefined") and runs: measured on 1.22,
`keepalive 8; least_conn;` opened 300 connections for 300 requests, the other order 3.

## Bad
```nginx
# for nginx 1.28
upstream web {
    keepalive 32;
    least_conn;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
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

## Good
```nginx
# for nginx 1.28
upstream web {
    least_conn;
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

## How sure
High: measured. From 1.29.7 on the order does not matter (measured on 1.31), and the rule is silent.

## See also
[nginx: keepalive](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive) · `keepalive-without-effect` ·
`balancing-method-redefined`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.version import at_least


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its method."""
    method, kept = pool.algorithm.location, pool.places.get("keepalive")
    if method is None or kept is None or at_least(topology, "1.29.7"):
        return
    if method.file != kept.file or method.start < kept.start:
        return
    name = pool.algorithm.name
    message = f"`{name}` stands below `keepalive` in {pool.name} and switches it off"
    why = "every request opens and closes a connection of its own, although the file asks for kept ones"
    remedy = f"Move `{name}` above `keepalive` in {pool.name}"
    yield RULE.found(topology, method, message, why, remedy, pool=pool.name)


RULE = Rule(
    "method-after-keepalive",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents the cost of a connection for each request, which shows as latency everywhere",
)
