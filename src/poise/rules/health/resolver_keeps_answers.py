"""Answers of the name server are kept longer than they are true.

## What it finds
nginx's `resolver … valid=` of five minutes or more, in effect for a name that is looked up at run time.

## Why it hurts
`valid` overrules the lifetime that the zone itself gives. Names of cloud load balancers live 60 s: with `valid=1h` nginx goes on sending
to an address that was given back up to an hour ago.

## Bad
```nginx
server {
    listen 80;
    location / {
        proxy_pass http://$app:8080;
        resolver 10.0.0.53 valid=1h;
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
Medium: for names that never move it saves queries.

## See also
[nginx: resolver](https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver) · `name-resolved-once`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.nginx_ways import span
from poise.rules.rule import Rule
from poise.rules.words import duration

LONG = timedelta(minutes=5)


def kept(resolver: str) -> timedelta | None:
    """The `valid=` of a resolver's parameters, None where it is not written."""
    found = (span(word.removeprefix("valid=")) for word in resolver.split() if word.startswith("valid="))
    return next((time for time in found if time is not None), None)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per `resolver` line."""
    pools = {pool.name: pool for pool in topology.pools if pool.discovered}
    seen = set()
    for listener in topology.listeners:
        for route in listener.routes:
            pool = pools.get(route.pool)
            if pool is None:
                continue
            settings = (pool.options, pool.places) if "resolver" in pool.options else (route.options, route.places)
            time = kept(settings[0].get("resolver", ""))
            place = settings[1].get("resolver", route.location)
            if time is None or time < LONG or place in seen:
                continue
            seen.add(place)
            message = f"`resolver` keeps every answer for {duration(time)} (valid), whatever the zone says"
            why = f"when a name moves, requests go to the old address for up to {duration(time)}"
            remedy = "Remove `valid=`, or set it to 10 s"
            yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule("resolver-keeps-answers", "server-down", "warning", "medium", Topology, check, __doc__, products=("nginx",))
