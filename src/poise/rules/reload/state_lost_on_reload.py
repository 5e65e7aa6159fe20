"""A reload undoes what operators set at run time.

## What it finds
A control socket that may change servers, pools of two or more servers, and no `server-state-file`.

## Why it hurts
A server that was drained or lowered through the control socket during an incident is back at its full share after the next reload, which
is often somebody else's and hours later.

## Bad
```haproxy
global
    stats socket /run/haproxy/admin.sock mode 660 level admin
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
    stats socket /run/haproxy/admin.sock mode 660 level admin
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
Low: information; many teams change weights in the file only.

## See also
[HAProxy: server-state-file](https://docs.haproxy.org/2.8/configuration.html#3.1-server-state-file) · `server-state-unused`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per configuration, at the socket."""
    admin = next((s for s in topology.control_sockets if s.level == "admin"), None)
    if admin is None or topology.server_state_file or not topology.complete or not any(len(serving(p)) > 1 for p in topology.pools):
        return
    if any("load-server-state-from-file" in p.options for p in topology.pools):
        return  # server-state-unused says it, or it is local
    message = f"what is set through {admin.address} is lost with the next reload: no `server-state-file`"
    why = "a server that was drained or lowered at run time gets its full share again, and nobody changed a weight"
    remedy = (
        "Add `server-state-file PATH` to global and `load-server-state-from-file global` to `defaults`, or change weights in the file too"
    )
    yield RULE.found(topology, admin.location, message, why, remedy)


RULE = Rule(
    "state-lost-on-reload", "uneven-weights", "info", "low", Topology, check, __doc__, also=("frequent-reloads", "server-left-in-drain")
)
