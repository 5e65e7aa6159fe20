"""What binds clients to servers is missing from many of their requests.

## What it finds
Pools for which `poise.toml` says `sticky = true` that bind clients only by something that a request need not have: a header other than
Host, a parameter, a cookie of the application. Silent where the file turns requests without it away, sends only requests with it to the
pool, sets it itself, or learns it from the answers (`stick store-response` of the same cookie or header). A table keyed by a header or
parameter is information: the client may have chosen it.

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
from collections.abc import Iterable, Mapping
from functools import lru_cache

from poise.balancers.haproxy.criteria import condition, criteria
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule

ALWAYS_SENT = ("host", "user-agent")
# A key in any of the spellings that conditions and answers use.
FETCHED_ANY = r"(?:req\.|res\.|s)?(?:f?hdr|hdr_ip|cook|cookie|url_param|urlp|rdp_cookie)(?:_cnt)?\(([^),]*)"
COOKIE = r"(?:req\.)?cook"
# Rules after which a request goes no further.
REFUSES = r"(?:deny|reject|tarpit|return|redirect|silent-drop|auth)\b"
CONDITION = r"\b(?:if|unless) "
FETCHED = r"(?:req\.)?(?:f?hdr|hdr_ip|cook|cookie|url_param|urlp|rdp_cookie)\(([^),]*)"


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
    if _demanded(pool, topology, key) or (by_table and _learnt(pool, key)):
        return
    how = pool.persistence if by_table else f"balance {pool.algorithm.name} {key}"
    message = f"clients of {pool.name} are bound by `{how}`, and a request without {key} goes to any server"
    why = "clients that do not send it, or not yet, change servers with every request and lose their session"
    remedy = f"Let HAProxy set a cookie of its own: `cookie SRV insert indirect nocache` in {pool.name}"
    place = (pool.persistence_location if by_table else pool.algorithm.location) or pool.location
    # A parameter or header of the application's own is its choice; a cookie is missing from every first request.
    chosen = (by_table and not re.match(COOKIE, words[2])) or pool.algorithm.name in ("url_param", "hdr")
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="info" if chosen else "warning")


def _key(expression: str) -> str | None:
    found = re.match(FETCHED, expression)
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


def _learnt(pool: Pool, key: str) -> bool:
    """Whether the table takes the key from the answer that hands it out."""
    said = re.findall(FETCHED_ANY, pool.options.get("stick store-response", ""))
    return any(name.lower() in (key.lower(), "set-cookie") for name in said)


def _demanded(pool: Pool, topology: Topology, key: str) -> bool:
    """Whether no request without the key comes through: rules refuse it, or every way to the pool asks for it."""
    ways = topology.routes_to(pool.name)
    return _refused_by(pool.options, key) or (
        bool(ways) and all(_refused_by(listener.options, key) or _asks(route.condition, listener.options, key) for listener, route in ways)
    )


def _refused_by(options: Mapping[str, str], key: str) -> bool:
    return _refused(options.get("http-request", ""), options.get("acl", ""), key)


@lru_cache(maxsize=256)
def _refused(rules: str, acl: str, key: str) -> bool:
    """Asked once for all the pools behind a listener that have one key."""
    lines, options = rules.split("\n"), {"acl": acl}
    conditions = [re.search(CONDITION, line) for line in lines if re.match(REFUSES, line)]
    return any(_asks(found.string[found.start() :], options, key) for found in conditions if found)


def _asks(text: str | None, options: Mapping[str, str], key: str) -> bool:
    """Whether that condition looks at the key."""
    asked = condition(text, options)
    if asked is None:
        return False
    names = (re.match(FETCHED_ANY, each.fetch) for _, each in criteria(asked))
    return any(found[1].lower() == key.lower() for found in names if found)


RULE = Rule("sticky-key-absent", None, "warning", "medium", Pool, check, __doc__, because="it keeps sessions on their server")
