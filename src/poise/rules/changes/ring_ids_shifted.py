"""A change moves keys of servers that stay on the ring, because the ring knows them by another number or name.

## What it finds
With `--against OLD`, or in `poise diff`: HAProxy's consistent hash where a server that stays gets another id, because a line above it came
or went and no `id` is written; nginx's `hash … consistent` where most servers are written anew (names instead of addresses, a port added).

## Why it hurts
HAProxy computes a server's places on the ring from its id, which is its position where none is written; nginx from the text of the server.
Measured with four servers: removing one line above the others moved 53 % of the keys of servers that stay, with ids 0 %; writing the same
machines by name moved 77 % on nginx.

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
    balance uri
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance uri
    hash-type consistent
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }
```

```nginx
upstream web { hash $uri consistent; server 127.0.0.1:80; server 127.0.0.2:80; }
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
    balance uri
    hash-type consistent
    server app1 10.0.0.1:8080 check id 1
    server app2 10.0.0.2:8080 check id 2
    server app3 10.0.0.3:8080 check id 3
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance uri
    hash-type consistent
    server app2 10.0.0.2:8080 check id 2
    server app3 10.0.0.3:8080 check id 3
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.2:80; server 10.0.0.1:80; }
```

## How sure
High for HAProxy. For nginx medium: whether a new name is an old machine is not in the file, and new machines move as many keys.
`hash-key addr` (HAProxy 3.0 and later) makes ids unimportant and is not held against the pool. Silent with `sticky = false`.

## See also
[HAProxy: id](https://docs.haproxy.org/2.8/configuration.html#5.2-id) ·
[nginx: hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash) · `hash-changed` · `hash-reshuffled`
"""

from collections.abc import Iterable

from poise.balancers.haproxy.hashing import server_ids
from poise.model.change import Change
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.changes.hashing import on_a_ring, wording
from poise.rules.rule import Rule
from poise.rules.words import count, listing


def check(change: Change, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first server that the ring knows otherwise."""
    for pool in change.after.pools:
        old, sticky = change.before.pool(pool.name), needs.of(pool.name).sticky
        if old is None or not on_a_ring(pool) or sticky is False or wording(old, change.before) != wording(pool, change.after):
            continue
        moved = _renumbered(old, pool) if pool.product == "haproxy" else _rewritten(old, pool)
        if not moved:
            continue
        names = listing(s.name for s in moved)
        if pool.product == "haproxy":
            message = f"{names} of {pool.name} get another id by this change, so the ring gives their keys to other servers"
            remedy = f"Write `id` on every server of {pool.name}, with the number that each has now, before lines come or go"
        else:
            message = f"{count(len(moved), 'server')} of {pool.name}'s ring ({names}) are written anew in one step, so nearly all keys move"
            remedy = f"Keep the words of {pool.name}'s servers as they were, or exchange them one at a time"
        why = "sessions are lost and caches start cold on servers that stay"
        severity: Severity = "error" if sticky else "warning"
        yield RULE.found(
            topology, _place(old, pool, moved[0]), message, why, remedy, pool=pool.name, server=moved[0].name, severity=severity
        )


def _place(old: Pool, pool: Pool, moved: Server) -> Location:
    """The line that was put in above them, if one was; else the first server that is known otherwise."""
    known, before = {s.address for s in old.servers}, None
    for server in pool.servers:
        if server is moved:
            break
        before = server if server.address not in known else before
    return (before or moved).location


def _renumbered(old: Pool, pool: Pool) -> list[Server]:
    if any("hash-key" in s.options for s in pool.servers):
        return []
    before, after = server_ids(old), server_ids(pool)
    was = {s.address: before[s.name] for s in old.servers}
    return [s for s in pool.servers if s.address in was and was[s.address] != after[s.name]]


def _rewritten(old: Pool, pool: Pool) -> list[Server]:
    """The new words, where they are at least half of the ring and the pool did not just grow."""
    known = {s.name for s in old.servers}
    fresh = [s for s in pool.servers if s.name not in known]
    gone = known - {s.name for s in pool.servers}
    return fresh if gone and 2 * len(fresh) >= len(pool.servers) else []


RULE = Rule(
    "ring-ids-shifted",
    None,
    "warning",
    "high",
    Change,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it keeps clients and caches on their server through a change; traffic stays even",
)
