"""A number that HAProxy reads as another one.

## What it finds
`weight`, `maxconn`, `minconn`, `maxqueue`, `retries` or `fullconn` with anything but digits: `10k`, `1O`, `max`.

## Why it hurts
HAProxy reads these as far as digits go and says nothing: measured, `maxconn 10k` is 10 and `weight 1O` (a letter) is 1. `maxconn max` is
0, which means no limit, and `weight high` takes the server out.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 10k
    server app2 10.0.0.2:8080 check maxconn 10k
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check maxconn 10000
    server app2 10.0.0.2:8080 check maxconn 10000
```

## How sure
High: measured on 2.6 and 2.8. Later versions refuse some of these.

## See also
[HAProxy: maxconn](https://docs.haproxy.org/2.8/configuration.html#5.2-maxconn) · `odd-maxconn`
"""

from collections.abc import Iterable

from poise.balancers.haproxy.values import integer
from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.pools import own
from poise.rules.rule import Rule

SERVER = ("weight", "maxconn", "minconn", "maxqueue")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where such a number stands, however many servers it counts for."""
    seen: set[Location] = set()
    for option in ("retries", "fullconn"):
        if option in pool.options and _wrong(pool.options[option]) and own(pool, pool.places.get(option)):
            yield _found(topology, pool.places[option], option, pool.options[option], f"of {pool.name}", pool, None)
    for server in pool.servers:
        for option in SERVER:
            text = server.options.get(option)
            if text is None or not _wrong(text):
                continue
            place = server.places[option]
            if place not in seen:
                seen.add(place)
                yield _found(topology, place, option, text, f"of {server.name} in {pool.name}", pool, server)


def _wrong(text: str) -> bool:
    return not (text.isdecimal() and text.isascii())


def _found(topology: Topology, place: Location, option: str, text: str, of: str, pool: Pool, server: Server | None) -> Finding:
    value = integer(text)
    message = f"`{option} {text}` {of} is read as {value}"
    meaning = {"weight": "weight 0 gets no requests", "retries": "a refused connection is an error at once"}.get(option, "0 means no limit")
    why = f"HAProxy stops at the first character that is no digit and says nothing{'' if value else f'; {meaning}'}"
    remedy = "Write the number in digits alone"
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name if server else None)


RULE = Rule("number-misread", "server-maxconn", "error", "high", Pool, check, __doc__)
