"""A key that is the same for every request.

## What it finds
nginx's `hash` in a pool of two or more servers, and `split_clients` that chooses a pool, with a key without variables, or made only of
variables that one listener cannot vary (`$scheme`, `$server_port`, `$server_name`, `$hostname` …), or of a `map`, `geo` or `set` that has
but one value. A warning where the key can take fewer values than the pool has servers. An empty key is found too: nginx then deals in turn.

## Why it hurts
The same key gives the same server: 100 % of the requests go to one of them (measured). Mostly a `$` was forgotten, or a `map` was never
filled.

## Bad
```nginx
upstream web {
    hash request_uri consistent;
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
```nginx
upstream web {
    hash $request_uri consistent;
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
High for a key without variables; `$scheme` and its like can take two values at best. `$hostname` as the key of a split is a warning only:
in a large fleet it decides which machines take part.

## See also
[nginx: hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash) ·
[split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html) · `hash-map-based`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.nginx_splits import splits
from poise.rules.nginx_variables import distinct, names
from poise.rules.nginx_ways import primaries
from poise.rules.rule import Rule
from poise.rules.words import count, listing


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its `hash` line, and one per split, at its header."""
    for pool in topology.pools:
        if pool.algorithm.name == "hash" and len(primaries(pool)) > 1:
            yield from _hash(pool, topology)
    for variable, parts in splits(topology):
        key = variable.source
        if len({part.pool.name for part in parts}) < 2 or len(distinct(key, topology) or ()) != 1:
            continue
        message = (
            f"the key `{key}` of `split_clients` is the same for every request: one of {listing(p.pool.name for p in parts)} gets 100 %"
        )
        why = "the percentages have no effect, and the other pools stand idle"
        remedy = "Split by what differs between clients, such as `$remote_addr` or a cookie, or between requests: `$request_id`"
        severity: Severity = "warning" if "hostname" in names(key) else "error"
        yield RULE.found(topology, variable.location, message, why, remedy, severity=severity)


def _hash(pool: Pool, topology: Topology) -> Iterable[Finding]:
    key, servers = (pool.algorithm.argument or "").strip("\"'"), len(primaries(pool))
    values = distinct(key, topology)
    if values is None or len(values) >= servers or (len(values) > 1 and "" in values):
        return
    why = f"{servers - len(values)} of {servers} servers stand idle while the others carry everything"
    remedy = f"Hash what differs between requests, such as `$request_uri` or `$remote_addr`, in {pool.name}"
    severity: Severity = "error"
    if values == {""}:
        message, severity = f"the hash key of {pool.name} is empty: nginx deals in turn", "warning"
        why = "clients are not tied to a server, as the line suggests"
    elif len(values) == 1:
        message = f"`hash {key}` of {pool.name} is the same for every request: one server gets 100 %"
    else:
        message = f"`hash {key}` of {pool.name} can take {count(len(values), 'value')} only, for {servers} servers"
        severity = "warning"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("hash-of-constant", "traffic-pinned", "error", "high", Topology, check, __doc__, products=("nginx",))
