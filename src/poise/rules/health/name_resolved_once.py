"""A server's name is looked up when HAProxy starts and never again.

## What it finds
Servers with a host name instead of an address and no `resolvers`, in the pool or by `default-server`. `localhost` is silent.

## Why it hurts
When the name moves to another address, HAProxy goes on sending to the old one until it is reloaded: the share of that server fails, or
reaches whoever has the address now.

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
    default-server init-addr last,none
    server app1 app1.internal:8080 check
    server app2 app2.internal:8080 check
```

## Good
```haproxy
resolvers dns
    parse-resolv-conf
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server resolvers dns init-addr last,none
    server app1 app1.internal:8080 check
    server app2 app2.internal:8080 check
```

## How sure
Medium: a name that never moves, as in /etc/hosts, does no harm.

## See also
[HAProxy: resolvers](https://docs.haproxy.org/2.8/configuration.html#5.3.2)
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_local, is_path
from poise.rules.rule import Rule
from poise.rules.words import listing

# An IPv4 address, or anything with a colon, a bracket, a variable or a star, is no name to look up.
NAME = re.compile(r"(?=[^:]*[A-Za-z])[A-Za-z0-9_.-]+")


def _is_name(address: str) -> bool:
    host = address.rsplit(":", 1)[0]
    return not is_path(address) and not is_local(address) and "@" not in address and NAME.fullmatch(host) is not None


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    named = [s for s in pool.servers if s.role != "disabled" and not s.resolvers and _is_name(s.address)]
    if not named:
        return
    message = f"the addresses of {listing(s.name for s in named)} in {pool.name} are looked up once, at start: no `resolvers`"
    why = f"when {named[0].address.rsplit(':', 1)[0]} moves, its share of the requests goes to the old address until a reload"
    remedy = "Add a `resolvers` section, and `resolvers NAME init-addr last,libc,none` to the servers; or write addresses"
    place = named[0].address_location or named[0].location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=named[0].name)


RULE = Rule("name-resolved-once", "server-down", "warning", "medium", Pool, check, __doc__)
