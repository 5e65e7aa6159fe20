"""What servers were set to at run time is lost, because half of the set-up is missing.

## What it finds
`load-server-state-from-file global` without a `server-state-file` in the global section, or `server-state-file` that no section loads.

## Why it hurts
Weights, drains and maintenance that were set through the control socket are in the running process only. The line reads as if they
survived a reload; they do not, and a server that was taken out gets traffic again.

## Bad
```haproxy
global
    server-state-file /var/lib/haproxy/state
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
global
    server-state-file /var/lib/haproxy/state
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    load-server-state-from-file global
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: each of the two does nothing alone. HAProxy warns of one of the two cases at start.

## See also
[HAProxy: load-server-state-from-file](https://docs.haproxy.org/2.8/configuration.html#4.2-load-server-state-from-file) ·
`state-lost-on-reload`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per configuration, at the half that is there."""
    loading = [p for p in topology.pools if p.options.get("load-server-state-from-file") == "global" and p.servers]
    local = any(p.options.get("load-server-state-from-file") == "local" for p in topology.pools)
    if topology.server_state_file and topology.pools and topology.complete and not loading and not local:
        message = f"`server-state-file {topology.server_state_file}` is read by no pool"
        place = topology.places.get("server-state-file")
        remedy = "Add `load-server-state-from-file global` to `defaults`"
    elif loading and not topology.server_state_file and topology.complete:
        message = (
            f"{listing(p.name for p in loading)} should load the state of servers, and the global section names no `server-state-file`"
        )
        place = place_of(loading[0], "load-server-state-from-file")
        remedy = "Add `server-state-file PATH` to the global section, and write it before each reload"
    else:
        return
    why = "a reload undoes what was set at run time: servers that were drained get traffic again"
    if place is not None:
        yield RULE.found(topology, place, message, why, remedy)


RULE = Rule(
    "server-state-unused",
    None,
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    because="what operators set is lost, whatever it was",
)
