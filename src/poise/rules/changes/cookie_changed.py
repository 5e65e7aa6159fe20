"""A change makes clients' cookies worthless: every session loses its server in the moment of the reload.

## What it finds
With `--against OLD`, or in `poise diff`: a pool whose persistence (`cookie`, `stick on`) has another name, or is gone, and servers that
stay and get another `cookie` value; the same of nginx's `sticky` and `route=`.

## Why it hurts
A cookie that names no server is treated as none: the client is balanced anew. Where sessions live on one server, everybody is logged out at
once and logs in again at once.

## Bad
Before, and after:

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
    server app2 10.0.0.2:8080 check cookie b
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie app1
    server app2 10.0.0.2:8080 check cookie app2
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
        proxy_connect_timeout 2s;
    }
}
```

```nginx
# for nginx 1.31
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 route=app1;
    server 10.0.0.2:8080 route=app2;
    sticky route $cookie_node;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 2s;
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
    cookie SRV insert indirect nocache
    server app1 10.0.0.1:8080 check cookie a
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    cookie SRV insert indirect nocache secure
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
        proxy_connect_timeout 2s;
    }
}
```

```nginx
# for nginx 1.31
upstream web {
    zone web 64k;
    server 10.0.0.1:8080 route=a;
    server 10.0.0.2:8080 route=b max_fails=3;
    sticky route $cookie_node;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_connect_timeout 2s;
    }
}
```

## How sure
High that the binding is lost. An error where `poise.toml` says `sticky = true`, silent where it says `sticky = false`.

## See also
[HAProxy: cookie](https://docs.haproxy.org/2.8/configuration.html#4.2-cookie) · `cookie-partial` · `hash-changed`
"""

from collections.abc import Iterable

from poise.model.change import Change
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing


def check(change: Change, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its persistence or at the first server whose value changed."""
    for pool in change.after.pools:
        old, sticky = change.before.pool(pool.name), needs.of(pool.name).sticky
        if old is None or old.persistence is None or sticky is False or len(old.servers) + len(pool.servers) == 2:
            continue
        was, now = _name(old), _name(pool)
        values = {s.address: s.cookie for s in old.servers if s.cookie}
        renamed = [s for s in pool.servers if s.address in values and s.cookie != values[s.address]] if was == now else []
        if was != now:
            message = f"{pool.name} binds clients by {f'`{now}`' if now else 'nothing'} instead of `{was}`"
            place = pool.persistence_location or pool.location
        elif renamed:
            word = "route" if pool.product == "nginx" else "cookie value"
            message = f"{listing(s.name for s in renamed)} of {pool.name} get another {word}: what clients hold names nobody"
            place = renamed[0].location
        else:
            continue
        why = "every session loses its server in the moment of the reload"
        remedy = f"Keep the cookie of {pool.name}, or make the change when few are logged in"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if sticky else "warning")


def _name(pool: Pool) -> str:
    """The keyword and the cookie's name, without flags that bind nobody otherwise."""
    if pool.product == "nginx":
        return " ".join(("sticky", *pool.options.get("sticky", "").split()[:2]))
    return " ".join((pool.persistence or "").split()[:2])


RULE = Rule(
    "cookie-changed",
    None,
    "warning",
    "high",
    Change,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it keeps sessions on their server through a change; traffic stays even",
)
