"""TLS is spoken to a plain port, or plain HTTP to a TLS port.

## What it finds
nginx routes to `https://` or `grpcs://` whose servers listen on port 80, which is the port of a server without one, and routes to
`http://` whose servers listen on 443.

## Why it hurts
A server in an upstream block without a port means port 80, whatever the scheme of `proxy_pass`. Every request then fails with 502 or 400,
and `nginx -t` is content.

## Bad
```nginx
upstream web {
    server 10.0.0.1;
    server 10.0.0.2;
}
server {
    listen 80;
    location / {
        proxy_pass https://web;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        proxy_ssl_server_name on;
        proxy_ssl_name app.internal;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:443;
    server 10.0.0.2:443;
}
server {
    listen 80;
    location / {
        proxy_pass https://web;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        proxy_ssl_server_name on;
        proxy_ssl_name app.internal;
    }
}
```

## How sure
High: the manual gives port 80 as the default of an upstream's servers. Other ports are silent.

## See also
[nginx: server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_path
from poise.rules.nginx_ways import family, routes
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool and scheme, at the first such server."""
    if pool.mode == "tcp":
        return
    kinds = {route.tls for route in routes(pool, topology) if family(route) in ("proxy", "grpc")}
    for tls in sorted(kinds):
        port = "80" if tls else "443"
        wrong = [s for s in in_use(pool) if not is_path(s.address) and s.address.rpartition(":")[2] == port]
        if not wrong:
            continue
        first = wrong[0]
        spoken, expects = ("TLS", "a plain port") if tls else ("plain HTTP", "a TLS port")
        unwritten = "" if first.name.endswith(f":{port}") else ", the default of a server without a port"
        message = f"{spoken} is spoken to port {port} of {first.name} in {pool.name}, {expects}{unwritten}"
        why = f"every request to {first.name} fails: the two do not understand each other"
        remedy = (
            f"Write the port: `server {first.address.rpartition(':')[0]}:{'443' if tls else '80'};`, or change the scheme of the target"
        )
        place = first.spots.address or first.location
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name)


RULE = Rule(
    "scheme-port-mismatch",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents requests that fail from the first one on",
)
