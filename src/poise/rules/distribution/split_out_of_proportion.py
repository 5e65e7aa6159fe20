"""A small pool gets a large part of the clients.

## What it finds
nginx's `split_clients` that gives each server of one pool at least three times the requests of each server of a larger one: a warning;
from twice on information. Equal pools, and a canary that gets less than its servers could take, are silent, whatever the percentages.

## Why it hurts
The percentages are of the clients, not of the servers. Half of them on two machines and half on nine puts 25 % of all requests on each of
the two and 5.6 % on each of the nine: the small pool is overloaded while the large one idles, and the balancing within each is even.

## Bad
```nginx
split_clients $remote_addr $pool {
    50% green;
    * blue;
}
upstream green {
    server 10.0.1.1:8080;
    server 10.0.1.2:8080;
}
upstream blue {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080;
    server 10.0.0.5:8080;
    server 10.0.0.6:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```

## Good
```nginx
split_clients $remote_addr $pool {
    25% green;
    * blue;
}
upstream green {
    server 10.0.1.1:8080;
    server 10.0.1.2:8080;
}
upstream blue {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080;
    server 10.0.0.5:8080;
    server 10.0.0.6:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```

## How sure
Medium: the machines of the small pool may be larger. Pools whose servers are found while nginx runs are silent.

## See also
[nginx: split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html) · `uneven-weights` · `split-clients-incomplete`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.nginx_splits import Part, splits
from poise.rules.nginx_ways import primaries
from poise.rules.rule import Rule
from poise.rules.words import count, percent

NOTED, MOST = 2.0, 3.0


def _each(part: Part) -> float:
    """The part of all requests that one server of the pool gets on average."""
    return part.share / len(primaries(part.pool))


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per split, at the entry of the pool that gets too much."""
    for _variable, parts in splits(topology):
        known = [part for part in parts if not part.pool.discovered and not part.pool.implicit and primaries(part.pool) and part.share]
        if len(known) < 2:
            continue
        top = max(known, key=_each)
        larger = [part for part in known if len(primaries(part.pool)) > len(primaries(top.pool))]
        least = min(larger, key=_each, default=top)
        times = _each(top) / _each(least)
        if times < NOTED:
            continue
        own, other = top.pool, least.pool
        message = (
            f"`split_clients` gives {percent(top.share)} of the clients to the {count(len(primaries(own)), 'server')} of {own.name} and "
            f"{percent(least.share)} to the {len(primaries(other))} of {other.name}"
        )
        why = f"a server of {own.name} gets {percent(_each(top))} of all requests, one of {other.name} {percent(_each(least))}"
        total = sum(len(primaries(part.pool)) for part in known)
        remedy = f"Give {own.name} {percent(len(primaries(own)) / total)}, or as many servers as {other.name} has"
        severity: Severity = "warning" if times >= MOST else "info"
        yield RULE.found(topology, top.location, message, why, remedy, pool=own.name, severity=severity)


RULE = Rule("split-out-of-proportion", "uneven-weights", "warning", "medium", Topology, check, __doc__, products=("nginx",))
