"""Servers are asked for a host name that is no host name.

## What it finds
nginx upstream blocks with an underscore in their name, and an HTTP route to them that sets no `Host` header.

## Why it hurts
nginx then sends `Host: NAME_OF_THE_BLOCK`. An underscore is not allowed in a host name: Tomcat, Django and others answer 400 to every
request.

## Bad
```nginx
upstream web_app {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web_app;
    }
}
```

## Good
```nginx
upstream web_app {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web_app;
        proxy_set_header Host $host;
    }
}
```

## How sure
Medium: servers that do not look at the header answer all the same.

## See also
[nginx: proxy_set_header](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_ways import family, headers, routes
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such route."""
    if pool.implicit or pool.mode == "tcp" or "_" not in pool.name:
        return
    bare = next((r for r in routes(pool, topology) if family(r) == "proxy" and "host" not in headers(r)), None)
    if bare is None:
        return
    message = f"servers of {pool.name} are asked for the host `{pool.name}`, which an underscore makes invalid: no `Host` header is set"
    why = "strict applications answer 400 to every request on this route, and others build wrong links from it"
    remedy = "Add `proxy_set_header Host $host;`"
    yield RULE.found(topology, bare.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "pool-name-as-host",
    None,
    "info",
    "medium",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents answers of 400 that every server gives",
)
