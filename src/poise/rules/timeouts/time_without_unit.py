"""A time without a unit is in milliseconds, and this one is very short.

## What it finds
`timeout client`, `server`, `tunnel` or `http-request` below 1000, `timeout connect`, `queue` or `check` below 100, and `inter` below 100,
written without a unit.

## Why it hurts
`timeout client 30` is 30 milliseconds. Connections are cut before an answer can come, servers seem dead, or checks run hundreds of times a
second.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout connect 5
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout connect 5s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High that seconds were meant. `haproxy -c` of 2.6 and 2.8 takes such a time without a word.

## See also
[HAProxy: time format](https://docs.haproxy.org/2.8/configuration.html#2.5) · `missing-timeouts`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.rule import Rule

LEAST = {"client": 1000, "server": 1000, "tunnel": 1000, "http-request": 1000, "connect": 100, "queue": 100, "check": 100}


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place, however many sections inherit it."""
    seen: set[Location] = set()
    parts: list[Listener | Pool] = [*topology.listeners, *topology.pools]
    for part in parts:
        for name, least in LEAST.items():
            key = f"timeout {name}"
            text = part.options.get(key)
            place = part.places.get(key) if text and _short(text, least) else None
            if text and place is not None and place not in seen:
                seen.add(place)
                yield _found(topology, place, key, text, part.name)
    for pool in topology.pools:
        for server in pool.servers:
            text = server.options.get("inter")
            place = server.places.get("inter") if text and server.check and _short(text, 100) else None
            if text and place is not None and place not in seen:
                seen.add(place)
                yield _found(topology, place, "inter", text, pool.name)


def _short(text: str, least: int) -> bool:
    return text.isdecimal() and len(text) < 5 and 0 < int(text) < least


def _found(topology: Topology, place: Location, key: str, text: str, name: str) -> Finding:
    message = f"`{key} {text}` is {text} milliseconds ({name})"
    cut = "connections end before an answer can come, and servers seem dead"
    why = "servers are checked hundreds of times a second" if key == "inter" else cut
    return RULE.found(topology, place, message, why, f"Write the unit: `{key} {text}s`", pool=name)


RULE = Rule("time-without-unit", "server-errors", "error", "high", Topology, check, __doc__, also=("server-timeout",))
