"""A number that HAProxy reads as another one.

## What it finds
`weight`, `maxconn`, `minconn`, `maxqueue`, `retries` or `fullconn` with anything but digits: `10k`, `1O`, `max`. The `maxconn` of the
global section counts where HAProxy is 2.6: 2.8 refuses the file.

## Why it hurts
HAProxy reads these as far as digits go and says nothing: measured, `maxconn 10k` is 10 and `weight 1O` (a letter) is 1. `maxconn max` is
0, which means no limit, and `weight high` takes the server out. With `maxconn 50k` in the global section 2.6 takes 50 clients in all.

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


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where such a number stands, however many servers and sections it counts for."""
    text = topology.options.get("maxconn", "0")
    if topology.maxconn_location and _wrong(text):
        by = f"HAProxy {topology.target or topology.assumed or 'before 2.8'}"
        yield _found(topology, topology.maxconn_location, "maxconn", text, f"of the global section is read as {integer(text)} by {by}")
    seen: set[Location] = set()
    for listener in topology.listeners:
        text = listener.options.get("maxconn", "0")
        place = listener.maxconn_location
        if place and _wrong(text) and place not in seen:
            seen.add(place)
            yield _found(topology, place, "maxconn", text, f"of {listener.name} is read as {integer(text)}")
    for pool in topology.pools:
        yield from _pool(pool, topology, seen)


def _pool(pool: Pool, topology: Topology, seen: set[Location]) -> Iterable[Finding]:
    for option in ("retries", "fullconn"):
        text = pool.options.get(option)
        if text is not None and _wrong(text) and own(pool, pool.places.get(option)):
            yield _found(topology, pool.places[option], option, text, f"of {pool.name} is read as {integer(text)}", pool)
    for server in pool.servers:
        for option in SERVER:
            text = server.options.get(option)
            if text is None or not _wrong(text):
                continue
            place = server.places[option]
            if place not in seen:
                seen.add(place)
                said = f"of {server.name} in {pool.name} is read as {integer(text)}"
                yield _found(topology, place, option, text, said, pool, server)


def _wrong(text: str) -> bool:
    return not (text.isdecimal() and text.isascii())


def _found(
    topology: Topology, place: Location, option: str, text: str, said: str, pool: Pool | None = None, server: Server | None = None
) -> Finding:
    otherwise = "0 means no limit" if pool else "0 means a limit that HAProxy works out itself"
    meaning = {"weight": "weight 0 gets no requests", "retries": "a refused connection is an error at once"}.get(option, otherwise)
    why = f"HAProxy stops at the first character that is no digit and says nothing{'' if integer(text) else f'; {meaning}'}"
    where = (pool.name if pool else None, server.name if server else None)
    remedy = "Write the number in digits alone"
    return RULE.found(topology, place, f"`{option} {text}` {said}", why, remedy, pool=where[0], server=where[1])


RULE = Rule("number-misread", "server-maxconn", "error", "high", Topology, check, __doc__)
