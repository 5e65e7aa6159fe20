"""The load balancer does not start while the name server is away.

## What it finds
Servers with a host name and `resolvers` whose `init-addr` does not end in `none`; the default is `last,libc`.

## Why it hurts
HAProxy looks names up at start and stops when one cannot be found. A reload or a restart during a DNS outage then ends in no load balancer
at all, although the running one knew every address.

## Bad
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
    server app1 localhost.localdomain:8080 check resolvers dns init-addr last,libc,none
    server app2 localhost:8081 check resolvers dns
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
    default-server check resolvers dns init-addr last,libc,none
    server app1 app1.internal:8080
    server app2 app2.internal:8080
```

## How sure
Medium: information, since a name in /etc/hosts is always found.

## See also
[HAProxy: init-addr](https://docs.haproxy.org/2.8/configuration.html#5.2-init-addr) · `name-resolved-once`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    bound = [s for s in in_use(pool) if s.resolvers and is_name(s.address, local=True) and "none" not in (s.init_addr or "").split(",")]
    if not bound:
        return
    message = (
        f"HAProxy does not start while {bound[0].address.rsplit(':', 1)[0]} "
        f"({listing(s.name for s in bound)} of {pool.name}) cannot be found"
    )
    why = "a reload during a DNS outage leaves no load balancer, although `resolvers` would bring the address later"
    remedy = "Add `init-addr last,libc,none` to these servers or to `default-server`"
    place = bound[0].places.get("init-addr") or bound[0].address_location or bound[0].location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=bound[0].name)


RULE = Rule("start-needs-dns", "load-balancer-down", "info", "medium", Pool, check, __doc__)
