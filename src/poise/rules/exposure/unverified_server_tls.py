"""Traffic to a server is encrypted, but whose server it is nobody checks.

## What it finds
Servers with `ssl` and `verify none`.

## Why it hurts
Whoever can answer on that address reads and changes the traffic. Encryption without verification stops listeners, not impostors.

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
    server app1 10.0.0.1:8443 check ssl verify none
    server app2 10.0.0.2:8443 check ssl verify none
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
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

With TLS: `ssl verify required ca-file /etc/haproxy/ca.pem verifyhost app.internal`.

## How sure
Medium: on a network that only these machines share it may be a decision.

## See also
[HAProxy: verify](https://docs.haproxy.org/2.8/configuration.html#5.2-verify)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server."""
    open_to_all = [s for s in pool.servers if s.tls and s.tls_verify == "none" and not is_local(s.address)]
    if not open_to_all:
        return
    message = f"the certificates of {listing(s.name for s in open_to_all)} of {pool.name} are not verified"
    why = "anyone who can answer on their addresses reads and changes the traffic"
    remedy = "Write `verify required ca-file FILE verifyhost NAME` instead of `verify none`"
    yield RULE.found(topology, open_to_all[0].location, message, why, remedy, pool=pool.name, server=open_to_all[0].name)


RULE = Rule(
    "unverified-server-tls", None, "warning", "medium", Pool, check, __doc__, because="it prevents an impostor in the place of a server"
)
