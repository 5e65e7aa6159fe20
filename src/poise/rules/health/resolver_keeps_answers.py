"""Answers of the name server are kept longer than they are true.

## What it finds
HAProxy's `resolvers` that servers use, where both `timeout resolve` and `hold valid` are five minutes or more: the shorter of the two is
the time between two questions. nginx's `resolver … valid=` of five minutes or more, in effect for a name that is looked up at run time.

## Why it hurts
`valid` overrules the lifetime that the zone itself gives. Names of cloud load balancers live 60 s: with `valid=1h` nginx goes on sending
to an address that was given back up to an hour ago.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
resolvers dns
    nameserver ns1 10.0.0.53:53
    timeout resolve 1h
    hold valid 1h
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check resolvers dns init-addr none
    server app1 app1.internal:8080
    server app2 app2.internal:8080
```
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
resolvers dns
    nameserver ns1 10.0.0.53:53
    timeout resolve 1s
    hold valid 1m
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check resolvers dns init-addr none
    server app1 app1.internal:8080
    server app2 app2.internal:8080
```
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
[HAProxy: hold](https://docs.haproxy.org/2.8/configuration.html#5.3.2-hold) · [nginx:
resolver](https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver) · `name-resolved-once`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.rule import Rule
from poise.rules.spans import haproxy_span, nginx_span
from poise.rules.words import duration

LONG = timedelta(minutes=5)
DEFAULTS = {"timeout resolve": timedelta(seconds=1), "hold valid": timedelta(seconds=10)}


def kept(resolver: str) -> timedelta | None:
    """The `valid=` of a resolver's parameters, None where it is not written."""
    found = (nginx_span(word.removeprefix("valid=")) for word in resolver.split() if word.startswith("valid="))
    return next((time for time in found if time is not None), None)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per `resolver` line or `resolvers` section."""
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return
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


def _haproxy(topology: Topology) -> Iterable[Finding]:
    seen: set[str] = set()
    for pool in topology.pools:
        for name in {s.resolvers: None for s in pool.servers if s.resolvers and s.role != "disabled"}:
            key = f"resolvers {name}"
            if name is None or name in seen or key not in topology.options:
                continue
            seen.add(name)
            lines = dict(line.rpartition(" ")[::2] for line in topology.options[key].split("\n"))
            # Configuration manual, 5.3.2: ask every second, an answer is good for ten; a health check asks anew when it is not.
            asks = {each: haproxy_span(lines.get(each, "")) or default for each, default in DEFAULTS.items()}
            which = min(asks, key=lambda each: asks[each])
            if asks[which] < LONG:
                continue
            message = f"`resolvers {name}` asks every {duration(asks[which])}: `timeout resolve` and `hold valid` are both that long"
            why = f"when a name moves, requests go to the old address for up to {duration(asks[which])}"
            remedy = "Set `timeout resolve 1s` and `hold valid 10s`, the defaults"
            place = topology.places.get(f"{key} {which}", topology.places[key])
            yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


RULE = Rule(
    "resolver-keeps-answers",
    "stale-backend",
    "warning",
    "medium",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    also=("server-down",),
)
