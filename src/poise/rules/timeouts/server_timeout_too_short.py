"""The load balancer gives up before a normal answer comes.

## What it finds
Pools in http mode whose `timeout server` is not longer than `service_time_ms` of `poise.toml`; for nginx the same of `proxy_read_timeout`
or its kin, which nginx also counts as a failure of the server.

## Why it hurts
Requests that take as long as usual get 504 while the server works on: the work is done, the answer is thrown away, and retries double it.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout server 1s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 1s;
    }
}
```
```toml
[pool.web]
service_time_ms = 1500
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout server 10s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 60s;
    }
}
```
```toml
[pool.web]
service_time_ms = 1500
```

## How sure
High, given the declared time.

## See also
[HAProxy: timeout server](https://docs.haproxy.org/2.8/configuration.html#4.2-timeout%20server)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import family, place, routes, setting, span
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.words import duration


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `timeout server`."""
    time, limit = needs.of(pool.name).service_time_ms, pool.timeouts.server
    if topology.product == "nginx":
        yield from _nginx(pool, topology, time)
        return
    if time is None or not limit or pool.mode != "http" or not pool.servers or limit > timedelta(milliseconds=time):
        return
    message = f"{pool.name} gives a server {duration(limit)} to answer, and a request takes {time:g} ms (poise.toml)"
    why = "ordinary requests get 504, and the servers do work that nobody receives"
    remedy = f"Set `timeout server` of {pool.name} to several times {time:g} ms"
    yield RULE.found(topology, place_of(pool, "timeout server"), message, why, remedy, pool=pool.name)


def _nginx(pool: Pool, topology: Topology, time: float | None) -> Iterable[Finding]:
    for route in routes(pool, topology) if time and pool.mode == "http" else ():
        limit = span(setting(route, "read_timeout"))
        if not limit or time is None or limit.total_seconds() * 1000 > time:
            continue
        name = f"{family(route)}_read_timeout"
        message = f"`{name}` gives a server of {pool.name} {duration(limit)} to answer, and a request takes {time:g} ms (poise.toml)"
        why = "ordinary requests get 504, and each counts as a failure that bans its server"
        remedy = f"Set `{name}` to several times {time:g} ms"
        yield RULE.found(topology, place(route, "read_timeout"), message, why, remedy, pool=pool.name)
        return


RULE = Rule("server-timeout-too-short", "server-errors", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx"))
