"""Processes of old configurations live on for as long as their connections do.

## What it finds
A global section without `hard-stop-after`, in a file where `timeout client`, `server` or `tunnel` is 10 minutes or longer.

## Why it hurts
After a reload the old process serves its connections until they end. Where they may be quiet for an hour it lives for hours, sends health
checks, follows the old weights and holds memory; after ten reloads there are ten.

## Bad
```haproxy
global
    maxconn 2000
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 12h
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
global
    maxconn 2000
    hard-stop-after 30m
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 12h
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
Medium: information; it depends on how often you reload.

## See also
[HAProxy: hard-stop-after](https://docs.haproxy.org/2.8/configuration.html#3.1-hard-stop-after)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import duration

LONG = timedelta(minutes=10)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per configuration, at the longest timeout."""
    if topology.hard_stop_after is not None or not topology.options or not topology.complete:
        return
    found: list[tuple[timedelta, str, Location]] = []
    parts: list[Listener | Pool] = [*topology.listeners, *topology.pools]
    for part in parts:
        for name, time in (("client", part.timeouts.client), ("server", part.timeouts.server), ("tunnel", part.timeouts.tunnel)):
            if time is not None and time >= LONG:
                found.append((time, name, part.places.get(f"timeout {name}", part.location)))
    if not found:
        return
    time, name, place = max(found, key=lambda each: each[0])
    message = f"after a reload the old process may live as long as `timeout {name} {duration(time)}` lets connections: no `hard-stop-after`"
    why = "old processes send requests by old weights and to servers that were taken out, and hold memory"
    remedy = "Add `hard-stop-after 30m`, or as long as connections may last, to the global section"
    yield RULE.found(topology, place, message, why, remedy)


RULE = Rule(
    "old-processes-linger", None, "info", "medium", Topology, check, __doc__, because="old processes are no part of what is measured"
)
