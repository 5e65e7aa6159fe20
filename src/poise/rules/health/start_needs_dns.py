"""The load balancer does not start while the name server is away.

## What it finds
Servers with a host name and `resolvers` whose own `init-addr` ends neither in `none` nor in an address, such as `last,libc`. A warning
where the name is that of an SRV record: `libc` cannot look one up, so HAProxy never starts.

## Why it hurts
Without `init-addr`, a server with `resolvers` whose name cannot be found begins in maintenance and is looked up later (measured on 2.6 and
2.8). An `init-addr` of its own takes that away: HAProxy stops at the first name that it cannot find. A reload or a restart during a DNS
outage then ends in no load balancer at all, although the running one knew every address.

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
    server app1 app1.invalid:8080 check resolvers dns
    server app2 app2.invalid:8080 check resolvers dns init-addr last,libc
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
    server app1 app1.invalid:8080 check resolvers dns
    server app2 app2.invalid:8080 check resolvers dns init-addr last,libc,none
```

## How sure
Medium: information, since a name in /etc/hosts is always found. Servers without `resolvers` are left to `name-resolved-once`.

## See also
[HAProxy: init-addr](https://docs.haproxy.org/2.8/configuration.html#5.2-init-addr) · `name-resolved-once`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.names import is_service, needs_answer
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    # A disabled server is looked up too, one of a disabled proxy is not.
    asked = [s for s in pool.servers if s.role != "disabled" or s.disabled]
    bound = [s for s in asked if s.resolvers and (is_service(s) or is_name(s.address, local=True)) and needs_answer(s)]
    if not bound:
        return
    first = next((s for s in bound if is_service(s) or s.init_addr == "last"), bound[0])
    names = f"{listing(s.name for s in bound)} of {pool.name}"
    host = first.address.rsplit(":", 1)[0]
    severity: Severity = "info"
    message = f"HAProxy does not start while {host} ({names}) cannot be found: `init-addr {first.init_addr}`"
    why = "a reload during a DNS outage leaves no load balancer, although `resolvers` would bring the address later"
    if is_service(first) or first.init_addr == "last":
        severity = "warning"
        kind = " for an SRV record" if is_service(first) else ""
        message = f"HAProxy cannot find {host} ({names}) at start: `init-addr {first.init_addr}` asks no name server{kind}"
        why = "it stops unless a state file holds an address of every such server, although `resolvers` would bring them later"
    remedy = "Take `init-addr` out, or end it with `none`: `init-addr last,libc,none`"
    place = first.places.get("init-addr") or first.spots.address or first.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


RULE = Rule("start-needs-dns", "load-balancer-down", "info", "medium", Pool, check, __doc__)
