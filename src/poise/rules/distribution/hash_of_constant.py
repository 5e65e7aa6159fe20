"""A hash whose key is the same for every request.

## What it finds
nginx's `hash` with a key without variables, or made only of variables that one listener cannot vary (`$scheme`, `$server_port`,
`$server_name`, `$hostname` …), in a pool of two or more servers. An empty key is found too: nginx then deals in turn.

## Why it hurts
The same key gives the same server: 100 % of the requests go to one of them (measured). Mostly a `$` was forgotten.

## Bad
```nginx
upstream web {
    hash request_uri consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
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
    hash $request_uri consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High for a key without variables; `$scheme` and its like can take two values at best.

## See also
[nginx: hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash) · `hash-map-based`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import primaries
from poise.rules.rule import Rule

# What the listener or the machine fixes, not the client.
FIXED = {"scheme", "server_port", "server_name", "server_addr", "hostname", "nginx_version", "pid", "server_protocol", "https"}


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `hash` line."""
    if pool.algorithm.name != "hash" or len(primaries(pool)) < 2:
        return
    key = (pool.algorithm.argument or "").strip("\"'")
    variables = {name.strip("{}") for name in re.findall(r"\$(\w+|\{\w+\})", key)}
    if variables - FIXED:
        return
    empty = not key
    message = (
        f"the hash key of {pool.name} is empty: nginx deals in turn"
        if empty
        else f"`hash {key}` of {pool.name} is the same for every request: one server gets 100 %"
    )
    why = (
        "clients are not tied to a server, as the line suggests"
        if empty
        else f"{len(primaries(pool)) - 1} of {len(primaries(pool))} servers stand idle while one carries everything"
    )
    remedy = f"Hash what differs between requests, such as `$request_uri` or `$remote_addr`, in {pool.name}"
    severity: Severity = "warning" if empty else "error"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("hash-of-constant", "traffic-pinned", "error", "high", Pool, check, __doc__, products=("nginx",))
