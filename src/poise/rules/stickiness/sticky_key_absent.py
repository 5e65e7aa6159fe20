"""What binds clients to servers is missing from many of their requests.

## What it finds
Pools for which `poise.toml` says `sticky = true` that bind clients only by something that a request need not have: a header other than
Host, a parameter, a cookie of the application.

## Why it hurts
A request without the key is dealt in turn, as if nothing had been configured: measured, six requests without the header went to both
servers alternately. The first page, links without the parameter and clients that strip headers lose their session.

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
    balance url_param session
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
```toml
[pool.web]
sticky = true
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
```toml
[pool.web]
sticky = true
```

## How sure
Medium: if every client sends it, accept the finding; a header that the file itself sets is silent.

## See also
[HAProxy: balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance) · `sticky-unbound`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule

ALWAYS_SENT = ("host", "user-agent")
FETCHED = re.compile(r"(?:req\.)?(?:f?hdr|hdr_ip|cook|cookie|url_param|urlp|rdp_cookie)\(([^),]*)")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that binds."""
    if not needs.of(pool.name).sticky or len(serving(pool)) < 2:
        return
    words = (pool.persistence or "").split()
    by_table = words[:1] == ["stick"]
    if words and not by_table:
        return  # HAProxy's own cookie is set where it is missing
    key = _key(words[2]) if by_table and len(words) > 2 else _hashed(pool)
    if key is None or key.lower() in ALWAYS_SENT or _set_here(pool, topology, key):
        return
    how = pool.persistence if by_table else f"balance {pool.algorithm.name} {key}"
    message = f"clients of {pool.name} are bound by `{how}`, and a request without {key} goes to any server"
    why = "clients that do not send it, or not yet, change servers with every request and lose their session"
    remedy = f"Let HAProxy set a cookie of its own: `cookie SRV insert indirect nocache` in {pool.name}"
    place = (pool.persistence_location if by_table else pool.algorithm.location) or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


def _key(expression: str) -> str | None:
    found = FETCHED.match(expression)
    return found[1] if found else None


def _hashed(pool: Pool) -> str | None:
    name, argument = pool.algorithm.name, pool.algorithm.argument or ""
    if name in ("hdr", "url_param", "rdp-cookie"):
        return argument.split(" ")[0] or None
    return _key(argument) if name == "hash" else None


def _set_here(pool: Pool, topology: Topology, key: str) -> bool:
    """Whether a rule of the file gives every request that header."""
    lines = [pool.options.get("http-request", ""), *(x.options.get("http-request", "") for x, _ in topology.routes_to(pool.name))]
    return any(line.split()[1:2] == [key] and line.startswith("set-header ") for text in lines for line in text.split("\n"))


RULE = Rule("sticky-key-absent", None, "warning", "medium", Pool, check, __doc__, because="it keeps sessions on their server")
