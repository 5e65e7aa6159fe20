"""A template of servers that all become the same machine.

## What it finds
`server-template` with two or more slots, a host name and no `resolvers`.

## Why it hurts
Without `resolvers` the name is looked up once, by the C library, and every slot gets the first address of the answer: one machine gets all
requests as if it were the whole pool, and nothing follows when it moves.

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
    server-template app 3 localhost.localdomain:8080 check init-addr none
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
resolvers dns
    nameserver ns1 10.0.0.53:53
listen web
    bind :8080
    option httpchk GET /healthz
    server-template app 3 app.internal:8080 check resolvers dns init-addr none
```

## How sure
High: only `resolvers` spread the addresses of an answer over the slots.

## See also
[HAProxy: server-template](https://docs.haproxy.org/2.8/configuration.html#4.2-server-template) · `name-resolved-once` ·
`duplicate-address`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per template, at its address."""
    seen: set[Location] = set()
    for server in in_use(pool):
        if not server.template or server.template < 2 or server.resolvers or not is_name(server.address) or server.location in seen:
            continue
        seen.add(server.location)
        name = server.address.rsplit(":", 1)[0]
        message = (
            f"the {server.template} slots of the template at {server.name} in "
            f"{pool.name} have no `resolvers`: all get one address of {name}"
        )
        why = f"one machine gets the requests of {server.template}, and keeps getting them when {name} moves"
        remedy = "Add a `resolvers` section, and `resolvers NAME init-addr none` to the template"
        yield RULE.found(topology, server.spots.address or server.location, message, why, remedy, pool=pool.name, server=server.name)


RULE = Rule("template-without-resolvers", "traffic-pinned", "error", "high", Pool, check, __doc__, also=("stale-backend",))
