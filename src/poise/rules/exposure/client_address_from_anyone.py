"""The client's address is taken from a header that anyone may send, and something goes by it.

## What it finds
nginx's `set_real_ip_from` with all addresses (`0.0.0.0/0`, `::/0`), or with a network so wide that it holds public clients (IPv4 wider
than /8, IPv6 wider than /16), where the address then chooses the server (`ip_hash`, `hash` of `$remote_addr`), opens the door (`allow` and
`deny`) or is counted (`limit_req`, `limit_conn`). HAProxy's `http-request set-src` from a header, for all requests or for those that have
the header, with no rule before it that looks at `src` or writes the header, where a pool goes by the source (`balance source`, `balance
hash src`, `stick on src`). Silent where nothing goes by the address: wrong addresses in a log move no traffic. Silent too where strangers
do not get: listeners on loopback, sockets or private addresses, those that demand a client's certificate, and nginx's `real_ip_header
proxy_protocol`, where the address is no header of the request.

## Why it hurts
Whoever writes `X-Forwarded-For: 192.0.2.7` is 192.0.2.7. He chooses his server, and can aim all of his traffic at one; an address that is
allowed lets him in; a new one with each request is never over a limit. All of it measured: nginx 1.22 and 1.31, HAProxy 2.6 and 2.8. With
`real_ip_recursive on` and everybody believed, the first address of the header counts, so that it works even through a proxy that appends
the true one.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    http-request set-src hdr(x-forwarded-for)
    default_backend web
backend web
    balance source
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
set_real_ip_from 0.0.0.0/0;
real_ip_header X-Forwarded-For;
upstream web {
    hash $remote_addr consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
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
frontend http
    bind :80
    http-request set-src hdr(x-forwarded-for) if { src 10.0.9.0/24 }
    default_backend web
backend web
    balance source
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```nginx
set_real_ip_from 10.0.9.0/24;
real_ip_header X-Forwarded-For;
upstream web {
    hash $remote_addr consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## How sure
High with `real_ip_recursive on`. Else medium: a firewall that lets only the proxy in front through is not visible here, and such a proxy
appends or replaces the header. A rule that looks at the true source first, or sets the header itself, keeps this one silent.

## See also
[nginx: set_real_ip_from](https://nginx.org/en/docs/http/ngx_http_realip_module.html#set_real_ip_from) ·
[real_ip_recursive](https://nginx.org/en/docs/http/ngx_http_realip_module.html#real_ip_recursive) · [HAProxy: http-request
set-src](https://docs.haproxy.org/2.8/configuration.html#4.2-http-request%20set-src) · `source-behind-nat`
"""

import re
from collections.abc import Iterable
from dataclasses import field, replace

from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.exposure.haproxy_sources import believed, by_source
from poise.rules.exposure.reach import is_local, is_private
from poise.rules.nginx_limits import keys
from poise.rules.nginx_variables import names
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import listing

ADDRESSES = {"remote_addr", "binary_remote_addr"}
# Networks at least this small are those of a company or a proxy service, and public clients are not all in them.
SMALLEST_V4, SMALLEST_V6 = 8, 16
AIMED = "every client chooses its server, and can aim all of its traffic at one"
HARM = {
    "deny": "whoever writes an address that is allowed gets past the rules",
    "limit_req": "a new address with each request is never over the limit",
    "limit_conn": "a new address with each request is never over the limit",
}


@dataclass(slots=True)
class _Believed:
    """What one line believes, and what goes by it: words for the message, and the harm."""

    words: str
    header: str
    certain: bool
    goes: dict[str, str] = field(default_factory=dict)
    pools: dict[str, None] = field(default_factory=dict)


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per line that believes anyone, with all that goes by it."""
    found: dict[Location, _Believed] = {}
    # Who looks at the true address may turn strangers away by it.
    asks = any("realip_remote_addr" in names(variable.source) for variable in topology.variables.values())
    for listener in () if asks else topology.listeners:
        if listener.mode == "http" and _reached(listener):
            for route in listener.routes:
                _note(found, listener, route, topology)
    for place, said in found.items():
        verb = "go" if len(said.goes) > 1 or "`allow` and `deny`" in said.goes else "goes"
        message = f"`{said.words}` takes the client's address from `{said.header}` of any sender, and {listing(said.goes)} {verb} by it"
        why = "; ".join(dict.fromkeys(said.goes.values()))
        if topology.product == "nginx" and said.certain:
            why += "; with `real_ip_recursive` even through a proxy that appends the true address"
        example = "write `set_real_ip_from 10.0.0.0/24;`" if topology.product == "nginx" else "add `if { src 10.0.0.0/24 }` to the rule"
        remedy = f"Believe the proxies in front alone: {example}, with their addresses"
        pool = next(iter(said.pools)) if len(said.pools) == 1 else None
        finding = RULE.found(topology, place, message, why, remedy, pool=pool)
        yield finding if said.certain else replace(finding, confidence="medium")


def _reached(listener: Listener) -> bool:
    """Whether strangers get to the listener, and without a certificate."""
    if listener.options.get("ssl_verify_client") == "on":
        return False
    binds = (bind for bind in listener.binds if bind.options.get("verify") != "required")
    return any(not is_local(bind.address) and not is_private(bind.address) for bind in binds)


def _note(found: dict[Location, _Believed], listener: Listener, route: Route, topology: Topology) -> None:
    pool = topology.pool(route.pool)
    if topology.product == "haproxy":
        words = by_source(pool) if pool is not None else None
        goes = {f"`{words}` of {route.pool}": AIMED} if words else {}
        lines = believed(listener, pool) if pool is not None and words else ()
        senders = [(place, _Believed(f"http-request set-src {what}", header, False)) for place, what, header in lines]
    else:
        senders = _wide(route)
        goes = _going(route, pool, topology) if senders else {}
    for place, said in senders:
        if goes:
            kept = found.setdefault(place, said)
            kept.goes.update(goes)
            if pool is not None:
                kept.pools[pool.name] = None


def _wide(route: Route) -> list[tuple[Location, _Believed]]:
    """nginx's line that believes everybody, and the header."""
    header = route.options.get("real_ip_header", "X-Real-IP")
    wide = [network for network in route.options.get("set_real_ip_from", "").split("\n") if _public(network)]
    place = route.places.get(f"set_real_ip_from {wide[0].lower()}") if wide and header != "proxy_protocol" else None
    if place is None:
        return []
    certain = route.options.get("real_ip_recursive") == "on" and header.lower() == "x-forwarded-for"
    return [(place, _Believed(f"set_real_ip_from {wide[0]}", header, certain))]


def _public(network: str) -> bool:
    address, _, length = network.partition("/")
    if not re.fullmatch(r"\d{1,3}", length):
        return False
    if ":" in address:
        # fc00::/7 are private networks, fe80::/10 this link.
        return int(length) < SMALLEST_V6 and not re.match(r"f[cde]", address, re.IGNORECASE)
    return int(length) < SMALLEST_V4


def _going(route: Route, pool: Pool | None, topology: Topology) -> dict[str, str]:
    """What goes by the client's address on nginx's way to that pool, and what a false one does there."""
    found = {}
    if pool is not None and len(serving(pool)) > 1:
        key = pool.algorithm.argument or ""
        if pool.algorithm.name == "ip_hash" or (pool.algorithm.name == "hash" and ADDRESSES & set(names(key))):
            words = "ip_hash" if pool.algorithm.name == "ip_hash" else f"hash {key}"
            found[f"`{words}` of {pool.name}"] = AIMED
    rules = f"{route.options.get('allow', 'all')}\n{route.options.get('deny', 'all')}".split("\n")
    if "deny" in route.options and any(rule != "all" for rule in rules):
        found["`allow` and `deny`" if "allow" in route.options else "`deny`"] = HARM["deny"]
    for directive, key in keys(route, topology):
        if ADDRESSES & set(names(key)):
            found[f"`{directive}`"] = HARM[directive]
    return found


RULE = Rule(
    "client-address-from-anyone",
    None,
    "warning",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it prevents clients from choosing their server, and from getting past limits and rules by address",
)
