"""Two balancing methods stand in one pool, and the first is ignored.

## What it finds
nginx upstream blocks with two or more of `least_conn`, `ip_hash`, `hash`, `random` and `least_time`.

## Why it hurts
The last one wins; nginx warns and runs. Whoever wrote the first relied on it: clients that `ip_hash` should keep on their server are
spread, or load that `least_conn` should level follows a hash.

## Bad
```nginx
upstream web {
    ip_hash;
    least_conn;
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
    least_conn;
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
High: nginx itself says "load balancing method redefined" at start-up.

## See also
[nginx: upstream](https://nginx.org/en/docs/http/ngx_http_upstream_module.html) · `method-after-keepalive`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.words import listing

METHODS = ("least_conn", "ip_hash", "hash", "random", "least_time")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the method that wins."""
    written = [name for name in METHODS if name in pool.options]
    ignored = [name for name in written if name != pool.algorithm.name]
    if len(written) < 2 or not ignored:
        return
    message = f"`{pool.algorithm.name}` replaces {listing(f'`{name}`' for name in ignored)} in {pool.name}: only the last method counts"
    why = f"traffic is split by `{pool.algorithm.name}` alone, whatever {listing(f'`{name}`' for name in ignored)} was written for"
    remedy = f"Keep one method in {pool.name}"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "balancing-method-redefined",
    None,
    "warning",
    "high",
    Pool,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents a split or stickiness other than the one that was meant, while shares stay even",
)
