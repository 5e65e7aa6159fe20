"""One key is so popular that its server gets far more than its share.

## What it finds
A hash without `hash-balance-factor`, where `poise.toml` declares `hot_key_share` and the forecast for that key's server is above
`max_share`, or twice an even share and more where no `max_share` is declared. nginx has no such factor: its `hash` and `ip_hash` are found
likewise. Where HAProxy hashes a header, parameter, path or another key of the application and `max_share` is declared without
`hot_key_share`, it is information: nothing keeps a popular key's server below the limit, if there is a popular key. A warning where the
file leaves the key a few values only (`Host` behind a condition that names them).

## Why it hurts
All requests for one key go to one server: with a key that draws the share h, its server gets h + (1 − h) ÷ n. Measured: h = 70 % put 79 %
on one of three servers; with a factor of 125 it was 41 %.

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
    balance uri
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```nginx
upstream web {
    hash $arg_shop consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```toml
[pool.web]
hot_key_share = 0.7
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
    balance uri
    hash-type consistent
    hash-balance-factor 125
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```nginx
upstream web {
    least_conn;
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```toml
[pool.web]
hot_key_share = 0.7
```

## How sure
High, given the declared share; without any declaration the rule is silent. How popular keys are stands in no file: information.

## See also
[HAProxy: hash-balance-factor](https://docs.haproxy.org/2.8/configuration.html#4.2-hash-balance-factor) · `balance-factor-ignored`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.distribution.haproxy_keys import values
from poise.rules.pools import HASHES, serving
from poise.rules.rule import Rule
from poise.rules.words import count, percent

# Keys that tell clients apart: none of them is popular by itself.
CLIENT = r"(?i)(?:^|[^a-z])(?:ip|client|sess(?:ion)?(?:id)?|user(?:id)?|uid|token|device|account|cookie|auth)(?:[^a-z]|$)"


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm."""
    wants, servers = needs.of(pool.name), serving(pool)
    hot = wants.hot_key_share
    if (hot is None and wants.max_share is None) or pool.algorithm.name not in HASHES or len(servers) < 2:
        return
    if pool.algorithm.hash_balance_factor and pool.algorithm.hash_method == "consistent":
        return
    if hot is None:
        yield from _undeclared(pool, topology, wants.max_share or 1.0)
        return
    share = hot + (1 - hot) / len(servers)
    limit = wants.max_share if wants.max_share is not None else min(2 / len(servers), 0.95)
    if share <= limit - 1e-9 or (wants.max_share is not None and share <= limit):
        return
    message = (
        f"the server of the most popular key gets about {percent(share)} of {pool.name}'s requests: the key alone draws {percent(hot)}"
    )
    why = f"it carries {share * len(servers):.2g} times its fair share while the others idle"
    remedy = f"Add `hash-type consistent` and `hash-balance-factor 125` to {pool.name}, or hash something finer"
    if topology.product == "nginx":
        remedy = f"Hash something finer in {pool.name}, or give the popular key a pool of its own; nginx caps no key"
    place = pool.algorithm.location or pool.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name)


def _undeclared(pool: Pool, topology: Topology, limit: float) -> Iterable[Finding]:
    """How popular keys are nobody said; addresses are left to source-behind-nat."""
    key = f"{pool.algorithm.name} {pool.algorithm.argument or ''}".strip()
    by_address = pool.algorithm.name == "source" or "src" in key.replace(",", " ").split()
    if topology.product != "haproxy" or limit >= 1 or by_address or re.search(CLIENT, key):
        return
    few = values(pool, topology)
    message = f"nothing keeps the server of a popular key below {percent(limit)} of {pool.name}'s requests (`balance {key}`)"
    why = "poise.toml allows no server more than that, and a hash sends all requests of one key to one server, however many they are"
    if few is not None:
        message += f": the key has {count(len(few), 'value')}"
    remedy = f"Add `hash-type consistent` and `hash-balance-factor 125` to {pool.name}, or declare `hot_key_share` if no key is popular"
    place = pool.algorithm.location or pool.location
    severity: Severity = "info" if few is None else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "hot-key-unbounded", "traffic-pinned", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx"), also=("source-behind-nat",)
)
