"""A frontend promises more connections than the process accepts.

## What it finds
A `maxconn` of a frontend or listen section above the `maxconn` of `global`; or, as information, several that are above it together.

## Why it hurts
The global limit wins. When it is reached, every frontend stops accepting, the statistics page and health endpoints included: clients hang
in the kernel's accept queue, where no log shows them.

## Bad
```haproxy
global
    maxconn 1000
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    maxconn 5000
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
global
    maxconn 6000
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    maxconn 5000
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: the manual says that the global limit stops all frontends.

## See also
[HAProxy: global maxconn](https://docs.haproxy.org/2.8/configuration.html#3.2-maxconn)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where such a limit is written, and one for the sum of limits that are each within it."""
    whole = topology.maxconn
    if whole is None:
        return
    limited = [x for x in topology.listeners if x.maxconn is not None and x.binds and "disabled" not in x.options]
    over: dict[Location, list[Listener]] = {}
    for listener in limited:
        if (listener.maxconn or 0) > whole:
            over.setdefault(listener.maxconn_location or listener.location, []).append(listener)
    for place, listeners in over.items():
        names, limit = listing(x.name for x in listeners), listeners[0].maxconn or 0
        message = f"{names} {'has' if len(listeners) == 1 else 'have'} maxconn {limit}, but the process stops at {whole} (global maxconn)"
        why = f"connections {whole + 1} to {limit} wait unaccepted, and all other frontends stop with them"
        yield RULE.found(topology, place, message, why, f"Raise the global maxconn above {limit}, or lower that of {names}")
    total = sum(x.maxconn or 0 for x in limited)
    if not over and total > whole and topology.maxconn_location is not None:
        message = f"the {len(limited)} listeners may hold {total} connections together, and the process stops accepting at {whole}"
        why = "one busy listener can take what the others were promised: all stop accepting, the statistics page included"
        remedy = f"Raise the global maxconn to {total}, or lower the listeners' so that their sum stays below {whole}"
        yield RULE.found(topology, topology.maxconn_location, message, why, remedy, severity="info")


RULE = Rule("frontend-maxconn-over-global", "listener-maxconn", "warning", "high", Topology, check, __doc__)
