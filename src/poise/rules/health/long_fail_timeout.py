"""A short hiccup takes a server out for a long time.

## What it finds
nginx's `fail_timeout` above two minutes on a server of a pool of two or more whose failures count: a warning, an error from ten minutes
on.

## Why it hurts
`fail_timeout` is both the time in which `max_fails` failures must come and the time that the server is out after them. There is no check
that brings it back earlier: with the default of one failure a single broken connection costs an hour of a server's capacity, and a network
hiccup of a second that all servers saw costs an hour of 502.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080 fail_timeout=1h;
    server 10.0.0.2:8080 fail_timeout=1h;
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
    server 10.0.0.1:8080 max_fails=3 fail_timeout=30s;
    server 10.0.0.2:8080 max_fails=3 fail_timeout=30s;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High: the manual says so, and nginx 1.22 answered 502 until the time was over.

## See also
[nginx: fail_timeout](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#fail_timeout) · `failures-not-counted`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import alive, counted
from poise.rules.rule import Rule
from poise.rules.words import count, duration, listing

LONG, FAR_TOO_LONG = timedelta(minutes=2), timedelta(minutes=10)


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    servers = alive(pool)
    slow = [s for s in servers if counted(s) and s.fail_timeout and s.fail_timeout > LONG]
    if len(servers) < 2 or not slow:
        return
    worst = max(slow, key=lambda s: s.fail_timeout or LONG)
    span = worst.fail_timeout or LONG
    fails = count(worst.max_fails or 1, "failed attempt")
    message = f"{fails} takes {listing(s.name for s in slow)} of {pool.name} out for {duration(span)} (fail_timeout)"
    if (worst.max_fails or 1) > 1:
        message = message.replace(" takes ", " take ", 1)
    why = "nothing brings it back earlier: the others carry its share all that time, and a hiccup that all meet ends in 502 for everyone"
    remedy = "Write `max_fails=3 fail_timeout=10s`"
    place = slow[0].places.get("fail_timeout", slow[0].location)
    severity: Severity = "error" if span >= FAR_TOO_LONG else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=slow[0].name, severity=severity)


RULE = Rule("long-fail-timeout", "traffic-pinned", "error", "high", Pool, check, __doc__, products=("nginx",))
