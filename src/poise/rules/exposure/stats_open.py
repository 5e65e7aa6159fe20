"""A page about the running load balancer can be opened by anyone, perhaps with its buttons.

## What it finds
`stats enable` or `stats uri` without `stats auth` on a listener that is reachable from other machines, or on a backend that
such a listener leads to. Rules that turn strangers away guard it (`http-request deny if !{ src 10.0.0.0/8 }`); those that turn away some
clients, be it robots or a list of addresses, do not. With `stats admin` it is an error,
without it a warning where the listener serves the public too (it leads to pools, on an address that is not private), else information. In
nginx `stub_status` (a warning) and `api` (an error when it may write) that neither `allow` and `deny`, a password nor the address they
listen on keeps to some.

## Why it hurts
With `stats admin`, or nginx's `api write=on`, anyone who finds the page can drain or disable servers. Without it the page still tells
load, and mostly addresses and versions too.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen stats
    bind :8404
    stats enable
    stats uri /stats
    stats admin if TRUE
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location /nginx_status {
        stub_status;
    }
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
listen stats
    bind 127.0.0.1:8404
    stats enable
    stats uri /stats
    stats admin if TRUE
```
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location /nginx_status {
        stub_status;
        allow 10.0.0.0/24;
        deny all;
    }
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High for the configuration. A firewall in front is not visible here.

## See also
[HAProxy: stats admin](https://docs.haproxy.org/2.8/configuration.html#4.2-stats%20admin) · [nginx:
stub_status](https://nginx.org/en/docs/http/ngx_http_stub_status_module.html) · `control-socket-open`
"""

from collections.abc import Iterable, Mapping

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.conditions import always
from poise.rules.exposure.reach import is_local, is_private
from poise.rules.exposure.strangers import let_in, turned_away
from poise.rules.pools import own
from poise.rules.rule import Rule

# Configuration manual, stats uri: where none is written.
DEFAULT_URI = "/haproxy?stats"
# Ways to one page that are looked at.
MOST = 50
# The rules that come before a page, and what in them turns somebody away.
ANSWERS = ("auth", "deny", "reject", "redirect", "return", "silent-drop", "tarpit")
RULES_OF = {
    "tcp-request": tuple(f"{when} {what}" for when in ("connection", "session", "content") for what in ("reject", "silent-drop")),
    "http-request": ANSWERS,
    "stats http-request": ANSWERS,
}


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener or backend, at its statistics line; in nginx one for each such page."""
    if topology.product == "nginx":
        yield from _nginx(listener, topology)
        return
    public = [b for b in listener.binds if not is_local(b.address) and b.options.get("verify") != "required"]
    if not public:
        return
    if listener.stats_uri is not None and not listener.stats_auth and not _restricted(listener.options, listener.stats_uri):
        yield _page(listener, listener, topology)
    for name in dict.fromkeys(route.pool for route in listener.routes):
        pool = topology.pool(name)
        if pool is None or not any(key.startswith("stats ") and own(pool, place) for key, place in _pages(pool)):
            continue
        # A page of a backend is told where the first listener leads to it without a guard.
        if _open_way(topology, pool) is listener:
            yield _page(pool, listener, topology)


def _pages(pool: Pool) -> Iterable[tuple[str, Location]]:
    return ((key, pool.places[key]) for key in ("stats enable", "stats uri") if key in pool.options)


def _open_way(topology: Topology, pool: Pool) -> Listener | None:
    """The first way on which nothing asks who comes; None for a page that asks itself."""
    uri = pool.options.get("stats uri", DEFAULT_URI)
    if "stats auth" in pool.options or _restricted(pool.options, uri):
        return None
    for listener, route in topology.routes_to(pool.name)[:MOST]:
        public = any(not is_local(b.address) and b.options.get("verify") != "required" for b in listener.binds)
        if public and let_in(route.condition, listener.options) and not _restricted(listener.options, uri):
            return listener
    return None


def _page(holder: Listener | Pool, listener: Listener, topology: Topology) -> Finding:
    public = [b for b in listener.binds if not is_local(b.address)]
    uri = holder.options.get("stats uri", DEFAULT_URI)
    # `stats admin if LOCALHOST` leaves the buttons to this machine.
    admin = "stats admin" in holder.options and always(holder.options["stats admin"], holder.options)
    can = "see the statistics page and disable servers on it" if admin else "see the statistics page"
    message = f"anyone who reaches {public[0].address} can {can} ({holder.name}, {uri}): no `stats auth`"
    why = (
        "one click takes servers out of rotation, and the others carry their share"
        if admin
        else "it tells servers, addresses, versions and load to anyone"
    )
    remedy = f"Add `stats auth USER:PASSWORD`, or bind {listener.name} to 127.0.0.1"
    keys = (*(("stats admin",) if admin else ()), "stats uri", "stats enable")
    place = next((holder.places[key] for key in keys if key in holder.places), holder.location)
    shared = bool(listener.routes) and not all(is_private(bind.address) for bind in public)
    severity: Severity = "error" if admin else "warning" if shared else "info"
    return RULE.found(topology, place, message, why, remedy, severity=severity)


def _restricted(options: Mapping[str, str], uri: str) -> bool:
    """Whether rules ask for a password or turn strangers away before the page."""
    page = uri.partition("?")[0].rstrip("/")
    lines = (line for key in RULES_OF for line in options.get(key, "").split("\n") if line.startswith(RULES_OF[key]))
    return any(turned_away(line, options, page) for line in lines)


def _nginx(listener: Listener, topology: Topology) -> Iterable[Finding]:
    public = [b for b in listener.binds if not is_local(b.address)]
    for page in listener.status_pages if public else ():
        if page.restricted:
            continue
        can = "see and change the running configuration" if page.can_change else "see the load balancer's state"
        message = f"anyone who reaches {public[0].address} can {can} ({listener.name}, `{page.kind}` at {page.path})"
        why = (
            "one request takes servers out of rotation, and the others carry their share"
            if page.can_change
            else "it tells strangers the load, and an attacker whether an attack works"
        )
        remedy = "Add `allow ADDRESS;` and `deny all;` to the location, or let its server listen on 127.0.0.1"
        yield RULE.found(topology, page.location, message, why, remedy, severity="error" if page.can_change else "warning")


RULE = Rule(
    "stats-open",
    None,
    "error",
    "high",
    Listener,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it prevents strangers from seeing or changing the load balancer",
)
