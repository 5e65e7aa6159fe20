"""The certificate of a server is checked, but not whose it is.

## What it finds
Servers with `ssl` that are verified but have neither `sni` nor `verifyhost`. Up to HAProxy 3.2; from 3.3 on the name is taken from the
request.

## Why it hurts
Any certificate that the same authority has signed passes, also that of another service. And servers that hold several names choose by SNI:
without it they show their default certificate, or refuse.

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
    default-server check ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt
    server app1 10.0.0.1:8443
    server app2 10.0.0.2:8443
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
    default-server check ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str(app.internal) verifyhost app.internal
    server app1 10.0.0.1:8443
    server app2 10.0.0.2:8443
```

## How sure
Medium: with an authority of your own that signs for this service alone it is enough.

## See also
[HAProxy: verifyhost](https://docs.haproxy.org/2.8/configuration.html#5.2-verifyhost) ·
[sni](https://docs.haproxy.org/2.8/configuration.html#5.2-sni) · `unverified-server-tls`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import listing


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server; information where servers are addresses."""
    unverified = topology.options.get("ssl-server-verify") == "none"
    verified = [s for s in in_use(pool) if s.tls and s.tls_verify != "none" and not is_local(s.address)]
    nameless = [s for s in verified if not {"sni", "verifyhost"} & set(s.options)]
    if not nameless or at_least(topology, "3.3") or (unverified and nameless[0].tls_verify is None):
        return
    message = f"the certificates of {listing(s.name for s in nameless)} of {pool.name} may be for any name: no `sni`, no `verifyhost`"
    why = "any certificate of the same authority passes, and servers with several names show the wrong one or refuse"
    remedy = "Add `sni str(NAME) verifyhost NAME` to the servers, or `sni req.hdr(host)` where they serve many names"
    yield RULE.found(topology, nameless[0].location, message, why, remedy, pool=pool.name, server=nameless[0].name)


RULE = Rule(
    "server-tls-without-name", None, "warning", "medium", Pool, check, __doc__, because="it prevents an impostor in the place of a server"
)
