"""A route goes straight to one server of a pool, past the balancing.

## What it finds
nginx routes whose target is the address of a server that also stands in an upstream block of two or more. A warning where the route is for
`/` or no route uses the upstream block; information for other paths, which may be meant for one server.

## Why it hurts
The address has no substitute on this route: when the server stops, its requests fail while the others of the pool stand ready. And it gets
its share of the pool on top. Mostly it is left over from a test.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location /api/ {
        proxy_pass http://web;
    }
    location / {
        proxy_pass http://10.0.0.1:8080;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location /api/ {
        proxy_pass http://web;
    }
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
Medium: a path that only one server can answer, such as an administration page, is a good reason.

## See also
[nginx: proxy_pass](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass) · `single-server` · `pool-without-route`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.exposure.reach import is_path
from poise.rules.nginx_ways import wrong_places
from poise.rules.places import only
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per route."""

    def bypassed(pool: Pool, route: Route) -> bool:
        return pool.implicit and not pool.discovered and bool(_of(pool, topology))

    for location, route, pools in wrong_places(topology, "pass", bypassed):
        target = pools[0]
        past = _of(target, topology)
        names = listing(pool.name for pool in past)
        unused = not any(topology.routes_to(pool.name) for pool in past)
        message = f"`{route.target}` goes to one server of {names}, past its balancing"
        why = f"when {target.servers[0].address} stops, these requests fail although {names} has other servers" + (
            ", and none of them is used" if unused else ""
        )
        remedy = f"Write the name of the upstream block as the target: {names}"
        everything = (route.condition or "/").split()[-1] == "/"
        severity: Severity = "warning" if everything or unused else "info"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


def _of(pool: Pool, topology: Topology) -> tuple[Pool, ...]:
    """The declared pools of several servers that hold the one address of this one."""
    if len(pool.servers) != 1 or is_path(pool.servers[0].address):
        return ()
    return tuple(each for each in topology.pools_with(pool.servers[0].address) if not each.implicit and len(serving(each)) > 1)


RULE = Rule("upstream-bypassed", "traffic-pinned", "warning", "medium", Topology, check, __doc__, products=("nginx",))
