"""The answer that should fill a template's slots does not fit into one packet.

## What it finds
`server-template` with `resolvers` whose `accepted_payload_size` is too small for an answer that fills half of its slots; the default is 512
bytes. Where it fills half and not all it is information: templates have room to spare.

## Why it hurts
A DNS answer of 512 bytes holds about 28 addresses, or 9 SRV records. A name server marks what it had to cut as truncated, and HAProxy does
not ask again over TCP: an answer of addresses that is marked it refuses whole (measured on 2.6: no slot got an address). SRV records, and
answers that are cut without the mark, it takes as they are: servers beyond that get no traffic, or the pool changes with every answer.

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
    server-template app 40 app.internal:8080 check resolvers dns init-addr none
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
    accepted_payload_size 8192
listen web
    bind :8080
    option httpchk GET /healthz
    server-template app 40 app.internal:8080 check resolvers dns init-addr none
```

## How sure
Medium: it depends on how many slots are in use. 12 bytes of header, the question and 16 bytes for each address; an SRV record takes about
50.

## See also
[HAProxy: accepted_payload_size](https://docs.haproxy.org/2.8/configuration.html#5.3.2-accepted_payload_size)
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import in_use
from poise.rules.rule import Rule

HEAD, ADDRESS, SERVICE = 12 + 11 + 34, 16, 50


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per template."""
    seen: set[Location] = set()
    for server in in_use(pool):
        if not server.template or not server.resolvers or server.location in seen:
            continue
        seen.add(server.location)
        section = topology.options.get(f"resolvers {server.resolvers}")
        if section is None or "tcp@" in section or "tcp4@" in section:
            continue
        size = _size(section)
        each = SERVICE if server.address.startswith("_") else ADDRESS
        room = max((size - HEAD) // each, 0)
        if server.template <= room:
            continue
        message = f"{pool.name} has {server.template} slots for {server.address}, and an answer of {size} bytes holds about {room}"
        why = f"with more than {room} addresses the answer is refused whole where it is marked as truncated, else the rest gets no requests"
        if each == SERVICE:
            why = f"servers beyond the first {room} are cut off the answer and get no requests"
        remedy = f"Write `accepted_payload_size 8192` in `resolvers {server.resolvers}`"
        severity: Severity = "warning" if server.template > 2 * room else "info"
        yield RULE.found(topology, server.location, message, why, remedy, pool=pool.name, server=server.name, severity=severity)


def _size(section: str) -> int:
    found = re.findall(r"^accepted_payload_size (\d{1,6})$", section, re.MULTILINE)
    return int(found[-1]) if found else 512


RULE = Rule("dns-answer-truncated", "traffic-pinned", "warning", "medium", Pool, check, __doc__)
