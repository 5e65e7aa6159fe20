"""Fewer connections are kept than the pool has servers.

## What it finds
nginx's `keepalive N` with N below the number of servers that get requests, or `keepalive_requests` below 10.

## Why it hurts
The number counts for a worker and for all servers of the pool together. With one kept connection and three servers in turn none was ever
reused: measured, 300 connections for 300 requests.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    keepalive 1;
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

## How sure
High: measured on nginx 1.22 and 1.31. A hash or `ip_hash` does not go in turn, but has as many servers.

## See also
[nginx: keepalive](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive) · `keepalive-without-effect` ·
`keepalive-too-large`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import primaries, whole_number
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the number."""
    kept = whole_number(pool.options.get("keepalive"))
    requests = whole_number(pool.options.get("keepalive_requests"))
    servers = len(primaries(pool))
    if kept and kept < servers:
        name = "keepalive"
        message = f"`keepalive {kept}` of {pool.name} keeps {kept} of the connections to {servers} servers"
        why = "a kept connection is closed to make room before its server's turn comes again: most requests open a new one"
        remedy = f"Write `keepalive {max(32, 4 * servers)};` in {pool.name}"
    elif requests is not None and requests < 10 and kept != 0:
        name = "keepalive_requests"
        message = f"`keepalive_requests {requests}` of {pool.name} closes a connection after {requests} requests"
        why = "hardly a connection is reused: latency of a handshake each, and local ports run out under load"
        remedy = "Remove the line: the default is 1000"
    elif kept and (idle := nginx_span(pool.options.get("keepalive_timeout"))) is not None and idle < timedelta(seconds=1):
        name = "keepalive_timeout"
        message = f"`keepalive_timeout {pool.options[name]}` of {pool.name} closes a connection as soon as it is idle"
        why = "hardly a connection is reused: latency of a handshake each, and local ports run out under load"
        remedy = "Remove the line: the default is 60 s"
    else:
        return
    yield RULE.found(topology, pool.places.get(name, pool.location), message, why, remedy, pool=pool.name)


RULE = Rule(
    "keepalive-too-small",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents the cost of a connection for each request, which shows as latency everywhere",
)
