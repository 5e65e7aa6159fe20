"""Two servers answer to one cookie value.

## What it finds
Servers of one pool with the same `cookie` value, also those of one `server-template`.

## Why it hurts
A returning client's cookie names two servers, and HAProxy takes the first: sessions begun on the second are lost, and the first gets both
shares.

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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie a
```
```nginx
# for nginx 1.31
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 route=a;
    server 10.0.0.2:8080 route=a;
    sticky route $cookie_node;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
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
    option redispatch
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```
```nginx
# for nginx 1.31
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 route=a;
    server 10.0.0.2:8080 route=b;
    sticky route $cookie_node;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High. `haproxy -c -dD` of 2.8 reports it too, that of 2.6 does not; without -dD nothing does.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#5.2-cookie)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server whose value stood before; one for a template."""
    first: dict[str, Server] = {}
    told: set[Location] = set()
    nginx = topology.product == "nginx"
    if nginx and not (pool.persistence or "").startswith("sticky"):
        # Nothing looks at `route=`.
        return
    word = "route" if nginx else "cookie value"
    for server in pool.servers:
        if not server.cookie or server.role == "disabled":
            continue
        other = first.setdefault(server.cookie, server)
        if other is server:
            continue
        message = f"{server.name} and {other.name} (line {other.location.line}) of {pool.name} share the {word} {server.cookie}"
        why = f"clients of {server.name} return to {other.name}: their sessions are lost, and {other.name} gets the load of both"
        remedy = f"Give {server.name} a {word} of its own"
        if (server.template or 1) > 1:
            # One line cannot name a value for each of its slots: HAProxy can make one of each server's address.
            if server.location in told:
                continue
            told.add(server.location)
            message = f"all {server.template} servers of this template of {pool.name} share the {word} {server.cookie}"
            why = f"clients of each of them return to {other.name}: their sessions are lost, and {other.name} gets the load of all"
            remedy = f"Remove `cookie {server.cookie}` here, and let HAProxy make one of each address: `dynamic` on the `cookie` line of"
            remedy += f" {pool.name}, and `dynamic-cookie-key SECRET`"
        yield RULE.found(topology, server.location, message, why, remedy, pool=pool.name, server=server.name)


RULE = Rule("cookie-duplicate", "uneven-weights", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx"))
