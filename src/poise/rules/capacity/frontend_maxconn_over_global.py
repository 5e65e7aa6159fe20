"""A frontend promises more connections than the process accepts.

## What it finds
A `maxconn` of a frontend or listen section above the `maxconn` of `global`.

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
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener."""
    if listener.maxconn is None or topology.maxconn is None or listener.maxconn <= topology.maxconn:
        return
    message = f"{listener.name} has maxconn {listener.maxconn}, but the process stops accepting at {topology.maxconn} (global maxconn)"
    why = f"connections {topology.maxconn + 1} to {listener.maxconn} wait unaccepted, and all other frontends stop with them"
    remedy = f"Raise the global maxconn above {listener.maxconn}, or lower that of {listener.name}"
    yield RULE.found(topology, listener.maxconn_location or listener.location, message, why, remedy)


RULE = Rule("frontend-maxconn-over-global", "listener-maxconn", "warning", "high", Listener, check, __doc__)
