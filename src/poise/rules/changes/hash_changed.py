"""A change gives almost every client or key another server, because what is hashed, or how, is another.

## What it finds
With `--against OLD`, or in `poise diff`: a pool that hashes before and after, by another algorithm, key, function or ring; and a pool that
stops hashing.

## Why it hurts
Sessions that live on one server are lost and caches start cold on all servers in the moment of the reload: with n servers about (n-1)/n of
the keys move. The database behind the caches gets the whole load at once.

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
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance uri whole
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

```nginx
upstream web { hash $request_uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }
```

```envoy
static_resources: {clusters: [{name: web, lb_policy: RING_HASH, load_assignment: {cluster_name: web}}]}
```

```envoy
static_resources: {clusters: [{name: web, lb_policy: MAGLEV, load_assignment: {cluster_name: web}}]}
```

## Good
A server more on the same ring moves only its own part of the keys:

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
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }
```

```nginx
upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; }
```

```envoy
static_resources: {clusters: [{name: web, lb_policy: RING_HASH, load_assignment: {cluster_name: web}}]}
```

```envoy
static_resources: {clusters: [{name: web, lb_policy: RING_HASH, connect_timeout: 1s, load_assignment: {cluster_name: web}}]}
```

## How sure
High that the keys move: two hashes agree only by chance. Whether a moved key loses something only the application knows: an error where
`poise.toml` says `sticky = true`, silent where it says `sticky = false`.

## See also
[HAProxy: hash-type](https://docs.haproxy.org/2.8/configuration.html#4.2-hash-type) ·
[nginx: hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash) · `hash-reshuffled` · `ring-ids-shifted`
"""

from collections.abc import Iterable

from poise.model.change import Change
from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.changes.hashing import hashed, keys, ring_settings, wording
from poise.rules.pools import place_of
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(change: Change, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm or at the setting that changed."""
    for pool in change.after.pools:
        old, sticky = change.before.pool(pool.name), needs.of(pool.name).sticky
        if old is None or not hashed(old) or sticky is False or len(old.servers) + len(pool.servers) == 2:
            continue
        was, now = wording(old, change.before), wording(pool, change.after)
        if was == now:
            continue
        if hashed(pool):
            message = f"{pool.name} hashes by `{now}` instead of `{was}`: {_moving(old, pool)} of its keys get another server"
        else:
            message = f"{pool.name} no longer hashes (`{was}` before, `{now}` now): its clients and keys are bound to no server any more"
        why = "sessions on the servers are lost and caches start cold, all in the moment of the reload"
        remedy = f"Keep the hash of {pool.name}, or make the change in quiet hours and warm the caches; `poise diff` tells how much moves"
        place = _place(pool, old, change)
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if sticky else "warning")


def _moving(old: Pool, pool: Pool) -> str:
    """Which part of the keys: two hashes that know nothing of each other agree by chance, on servers that both sides have."""
    was, now = _parts(old), _parts(pool)
    if not was or not now:
        return "almost all"
    return f"about {percent(1 - sum(part * now.get(address, 0.0) for address, part in was.items()))}"


def _parts(pool: Pool) -> dict[str, float]:
    """By address, its part of the weights of those that serve."""
    parts: dict[str, float] = {}
    for server in pool.servers:
        if server.role == "active":
            parts[server.address] = parts.get(server.address, 0.0) + server.weight
    total = sum(parts.values())
    return {address: weight / total for address, weight in parts.items()} if total else {}


def _place(pool: Pool, old: Pool, change: Change) -> Location:
    """The algorithm, else its `hash-type`, or the first setting of the ring or of a route's key that is another or new."""
    if pool.product == "haproxy" and (pool.algorithm.name, pool.algorithm.argument) == (old.algorithm.name, old.algorithm.argument):
        return place_of(pool, "hash-type", "balance")
    if pool.product == "envoy" and pool.algorithm.name == old.algorithm.name:
        for path in ring_settings(pool):
            if pool.options[path] != old.options.get(path):
                return pool.places[path]
        before = {f"{path}={route.options[path]}" for _, route in change.before.routes_to(old.name) for path in keys(route)}
        for _, route in change.after.routes_to(pool.name):
            for path in keys(route):
                if f"{path}={route.options[path]}" not in before:
                    return route.places[path]
    same_key = (pool.algorithm.name, pool.algorithm.argument) == (old.algorithm.name, old.algorithm.argument)
    if pool.product == "haproxy" and same_key and "hash-type" in pool.places:
        return pool.places["hash-type"]
    return pool.algorithm.location or pool.location


RULE = Rule(
    "hash-changed",
    None,
    "warning",
    "high",
    Change,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    because="it keeps clients and caches on their server through a change; traffic stays even",
)
