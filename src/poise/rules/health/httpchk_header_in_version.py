"""The request of the health check hides headers behind its version, which later versions refuse.

## What it finds
`option httpchk METHOD URI VERSION` with line ends, headers or a body behind the version (`HTTP/1.1\\r\\nHost:\\ www`), as was written
before `http-check send` existed. A warning, and an error where the version judged by is named and is 2.7 or later.

## Why it hurts
HAProxy 2.6 reads it and warns; 2.7 and later refuse the whole file (checked with 2.6 and 2.8): after the upgrade the load balancer does not
start, or a reload keeps the old configuration.

## Bad
```haproxy
# for haproxy 2.6
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz HTTP/1.1\\r\\nHost:\\ www.example.org
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk
    http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host www.example.org
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: both versions were asked.

## See also
[HAProxy: http-check send](https://docs.haproxy.org/2.8/configuration.html#4.2-http-check%20send) · `check-accepts-errors`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per line, for the pools that it counts for."""
    found: dict[Location, list[str]] = {}
    for pool in topology.pools:
        version = pool.options.get("option httpchk", "").split(" ", 2)[2:]
        if version and ("\r" in version[0] or "\n" in version[0] or "\\r" in version[0] or "\\n" in version[0]):
            found.setdefault(place_of(pool, "option httpchk"), []).append(pool.name)
    refused = topology.target is not None and at_least(topology, "2.7")
    for place, pools in found.items():
        then = f"HAProxy {topology.target} refuses" if refused else "HAProxy 2.7 and later refuse"
        message = f"the check of {listing(pools)} hides headers behind its version: {then} the file"
        why = "the load balancer does not start with it" if refused else "after an upgrade the load balancer does not start with it"
        remedy = "Write `option httpchk` and `http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host www.example.org`"
        severity: Severity = "error" if refused else "warning"
        yield RULE.found(topology, place, message, why, remedy, pool=pools[0] if len(pools) == 1 else None, severity=severity)


RULE = Rule(
    "httpchk-header-in-version",
    None,
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    because="it prevents a load balancer that does not start after an upgrade",
)
