"""A rule sends every request to one server, past the balancing.

## What it finds
`use-server` with a condition that always holds (`if TRUE`, `unless FALSE`, `{ path_beg / }`, an acl of such) in a pool of two or more
servers. A warning where the condition asks that the request is not one of a path, host, cookie or parameter (`unless { path_beg /upload
}`): nearly all requests are that.

## Why it hurts
`use-server` outranks `balance`: while that server is up it gets 100 % of the requests, whatever the weights say. Mostly it is left over
from a test.

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
    use-server app1 if TRUE
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
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
    use-server app1 if { path_beg /reports }
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High for the constant conditions of HAProxy's language; a condition that only happens to be always true is not seen.

## See also
[HAProxy: use-server](https://docs.haproxy.org/2.8/configuration.html#4.2-use-server) · `uneven-weights`
"""

from collections.abc import Iterable
from dataclasses import replace

from poise.balancers.haproxy.criteria import Criterion, condition
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.conditions import always
from poise.rules.pools import place_of
from poise.rules.rule import Rule

# More lines of one acl than this are no few requests.
MOST = 50


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the `use-server` line."""
    if not pool.use_server or sum(s.role == "active" for s in pool.servers) < 2:
        return
    at = next((n for n, (_, asked) in enumerate(pool.use_server) if always(asked, pool.options)), None)
    if at is None:
        yield from _all_but(pool, topology)
        return
    pinned = pool.use_server[at][0]
    place = place_of(pool, f"use-server.{at}", "use-server")
    message = f"{pinned} gets 100 % of {pool.name}'s requests: `use-server {pinned}` holds for every request"
    why = "`use-server` outranks the balancing: the other servers stand idle while this one is up"
    remedy = f"Remove the `use-server` line of {pool.name}, or give it a condition"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=pinned)


def _all_but(pool: Pool, topology: Topology) -> Iterable[Finding]:
    for at, (pinned, text) in enumerate(pool.use_server):
        asked = condition(text, pool.options)
        term = asked.only if asked else None
        if term is None or not term.negated or not 0 < len(term.any_of) <= MOST or not all(_narrow(each) for each in term.any_of):
            continue
        message = f"{pinned} gets nearly all requests of {pool.name}: `use-server {pinned} {text}` holds for all but a few"
        why = "`use-server` outranks the balancing: the other servers get only what the condition names"
        remedy = "Write `if` instead of `unless` if those few were meant, or give the others a pool of their own"
        place = place_of(pool, f"use-server.{at}", "use-server")
        found = RULE.found(topology, place, message, why, remedy, pool=pool.name, server=pinned, severity="warning")
        yield replace(found, confidence="medium")
        return


def _narrow(wanted: Criterion) -> bool:
    """Whether few requests are such: of a path below /, a host, a cookie or parameter of one value."""
    kinds = ("path", "url", "base", "hdr(host)", "url_param", "urlp", "cook")
    exact = wanted.how in ("str", "beg", "dir", "end", "dom", "sub")
    return exact and wanted.fetch.startswith(kinds) and bool(wanted.patterns) and "/" not in wanted.patterns


RULE = Rule("use-server-pins", "traffic-pinned", "error", "high", Pool, check, __doc__)
