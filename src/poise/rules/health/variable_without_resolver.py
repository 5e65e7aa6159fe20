"""A name in a variable cannot be looked up.

## What it finds
nginx routes whose target holds a variable that is, or may be, a host name, without a `resolver` in effect. Values that name a declared
upstream need none. Where the value is not known, a warning, and only in files without upstreams. Each
host is told once.

## Why it hurts
Names in variables are looked up for each request, and nginx asks only the servers of `resolver`, never /etc/resolv.conf. Without one every
request is answered 502 ("no resolver defined to resolve"), measured, while `nginx -t` is content.

## Bad
```nginx
server {
    listen 80;
    location / {
        proxy_pass http://$app:8080;
        set $app app.internal;
    }
}
```

## Good
```nginx
server {
    listen 80;
    location / {
        proxy_pass http://$app:8080;
        resolver 10.0.0.53 valid=10s;
        set $app app.internal;
    }
}
```

## How sure
High where the file itself says which name the variable holds.

## See also
[nginx: resolver](https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver) · `name-resolved-once`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.nginx_variables import values_beside_pools
from poise.rules.nginx_ways import wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per host, at the first route."""
    declared = any(not pool.implicit for pool in topology.pools)

    def unresolved(pool: Pool, route: Route) -> bool:
        if pool.discovery != "variable" or "resolver" in route.options or not (topology.complete or topology.listeners):
            return False
        named = any(is_name(s.address) for s in pool.servers)
        return named or (topology.complete and not pool.servers and not declared and "$" in (route.target or ""))

    found = tuple(wrong_places(topology, "pass", unresolved))
    entries = values_beside_pools(topology) if found else {}
    told: set[str] = set()
    for location, route, pools in found:
        names = [s.address.rpartition(":")[0] for s in pools[0].servers if is_name(s.address)]
        # One `resolver` serves all targets, which may differ by their path alone.
        host = names[0].lower() if names else re.sub(r"^(\w+://)?([^/]*).*", r"\2", route.target or "")
        if host in told:
            continue
        told.add(host)
        message = f"{names[0] if names else 'the host'} in `{route.target}` is looked up at run time, and no `resolver` is set"
        why = "every request that needs the name is answered 502, although the file is valid"
        remedy = "Set `resolver ADDRESS valid=10s;` to the name server of these names, in http or in the location"
        severity: Severity = "error" if names else "warning"
        # The variable may hold pools too: what is wrong is the value that names none.
        entry = entries.get(names[0].lower()) if names else None
        yield RULE.found(topology, entry.location if entry else location, message, why, remedy, pool=only(pools), severity=severity)


RULE = Rule(
    "variable-without-resolver",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents requests that fail from the first one on",
)
