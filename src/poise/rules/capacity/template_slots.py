"""A template has fewer slots than the name has servers.

## What it finds
`server-template` with `resolvers` whose slots are fewer than the declared `instances` (an error), or more than eight times as many
(information). Needs `instances` in `poise.toml`.

## Why it hurts
Each address of the answer takes a slot; addresses beyond the last slot get no traffic, and their capacity is missing without any server
being down. Far too many slots cost memory and checks, and fill the statistics with servers in maintenance.

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
    server-template app 3 app.internal:8080 check resolvers dns init-addr none
```
```toml
[pool.web]
instances = 6
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
    server-template app 10 app.internal:8080 check resolvers dns init-addr none
```
```toml
[pool.web]
instances = 6
```

## How sure
High, given the declared number.

## See also
[HAProxy: server-template](https://docs.haproxy.org/2.8/configuration.html#4.2-server-template) · `dns-answer-truncated`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import count, verb


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first template."""
    instances = needs.of(pool.name).instances
    slots = [s for s in in_use(pool) if s.template and s.resolvers]
    if instances is None or not slots or instances <= len(slots) <= 8 * instances:
        return
    first = slots[0]
    name = first.address.rsplit(":", 1)[0]
    if len(slots) < instances:
        message = f"{pool.name} has {count(len(slots), 'slot')}, and {name} stands for {instances} servers (poise.toml)"
        short = instances - len(slots)
        why = f"{count(short, 'server')} {verb(short, 'get')} no requests, and the others carry {instances / len(slots):.2g} times as much"
        severity: Severity = "error"
    else:
        message = f"{pool.name} has {len(slots)} slots for {count(instances, 'server')} (poise.toml)"
        why = "empty slots are servers in maintenance: statistics and checks are full of them"
        severity = "info"
    remedy = f"Set the number of the template to what {name} can grow to, about twice {instances}"
    yield RULE.found(topology, first.location, message, why, remedy, pool=pool.name, server=first.name, severity=severity)


RULE = Rule("template-slots", "traffic-pinned", "error", "high", Pool, check, __doc__)
