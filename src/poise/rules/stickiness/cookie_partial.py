"""Some servers cannot be named by the pool's cookie.

## What it finds
Pools with `cookie … insert`, `rewrite` or `prefix` where an active server has no `cookie` value. In nginx pools with `sticky route` where
an active server has no `route=`.

## Why it hurts
Sessions that begin on such a server get no cookie: the next request goes anywhere. Users lose baskets and logins, one in n of them.

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
    server app2 10.0.0.2:8080 check cookie b
    server app3 10.0.0.3:8080 check
```
```nginx
# for nginx 1.31
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 route=a;
    server 10.0.0.2:8080;
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
    server app3 10.0.0.3:8080 check cookie c
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
High. Dynamic cookies (`cookie … dynamic`) need no values and are silent, and so are backups.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) · `cookie-duplicate` ·
[nginx: sticky](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#sticky)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import address_of
from poise.rules.rule import Rule
from poise.rules.words import listing, percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first server without a value."""
    words = (pool.persistence or "").split()
    if topology.product == "nginx":
        sticks = words == ["sticky", "route"]
    else:
        sticks = words[:1] == ["cookie"] and "dynamic" not in words and pool.mode == "http"
    if not sticks:
        return
    active = [s for s in pool.servers if s.role == "active"]
    bare = [s for s in active if not s.cookie]
    if not bare or len(active) < 2:
        return
    total = sum(s.weight for s in active)
    share = sum(s.weight for s in bare) / total if total else 1.0
    names, have = listing(s.name for s in bare), "has" if len(bare) == 1 else "have"
    message = f"{names} of {pool.name} {have} no cookie value, but the pool sticks by cookie"
    if topology.product == "nginx":
        message = f"{names} of {pool.name} {have} no `route=`, but the pool sticks by `sticky route`"
    why = (
        f"{f'about {percent(share)} of' if len(bare) < len(active) else 'all'} new sessions begin on a server that they cannot come back to"
    )
    remedy = f"Add `{'route=' if topology.product == 'nginx' else 'cookie '}NAME`, a different one each, to {names}"
    yield RULE.found(topology, address_of(bare[0]), message, why, remedy, pool=pool.name, server=bare[0].name)


RULE = Rule(
    "cookie-partial",
    None,
    "error",
    "high",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it keeps sessions on their server; traffic stays even",
)
