"""A hash that moves most clients to another server whenever the pool changes.

## What it finds
HAProxy's `balance source`, `uri`, `url_param`, `hdr(…)` or `hash` with the default `hash-type map-based`, and nginx's `hash KEY` without
`consistent`, in pools of three or more servers. An error when `poise.toml` says `sticky = true`; silent when it says `sticky = false`,
and where a cookie of every server or a `stick on` without a condition keeps each client whatever the hash says.
nginx's `ip_hash`, which has no consistent form, is information only.

## Why it hurts
The map is hash modulo the sum of weights over the servers that are up. Losing one of four servers moved 67 % of the keys whose server was
still there, adding one or changing a weight as much: sessions are lost and caches start cold on every server at once. nginx maps over all
servers of the list, so one that is only down moves nobody else; adding or deleting a line moved 73 %.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance source
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```nginx
upstream web {
    hash $request_uri;
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

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    balance source
    hash-type consistent
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
```
```nginx
upstream web {
    hash $request_uri consistent;
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

## How sure
Medium: measured on HAProxy 2.6 and nginx 1.22, but whether a moved client loses something only the application knows: declare `sticky`.
The consistent hash is a few points less even: 35/31/34 % instead of 33/33/33.

## See also
[HAProxy: hash-type](https://docs.haproxy.org/2.8/configuration.html#4.2-hash-type) · [nginx:
hash](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash)
"""

from collections.abc import Iterable, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.pools import HASHES
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that names the hash."""
    servers = [s for s in pool.servers if s.role == "active" and s.weight > 0]
    sticky = needs.of(pool.name).sticky
    if pool.algorithm.name not in HASHES or pool.algorithm.hash_method == "consistent" or len(servers) < 3 or sticky is False:
        return
    if _kept(pool, servers):
        return
    # A key stays only if hash % n == hash % (n-1) names the same server: for n equal servers that is about 1 key in n.
    moved = 1 - 1 / (len(servers) - 1)
    place = pool.algorithm.location or pool.location
    if topology.product == "nginx":
        yield from _nginx(pool, topology, moved, sticky)
        return
    message = f"`balance {pool.algorithm.name}` of {pool.name} uses the map-based hash: any change of its servers reshuffles the clients"
    why = f"losing one server moves about {percent(moved)} of the clients of the servers that are still there"
    remedy = f"Add `hash-type consistent` to {pool.name}"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if sticky else "warning")


def _kept(pool: Pool, servers: Sequence[Server]) -> bool:
    """Whether clients come back to their server without the hash, which then places only those that have none yet."""
    words = (pool.persistence or "").split()
    if words[:1] == ["stick"]:
        return "if" not in words and "unless" not in words
    return bool(words) and all(server.cookie for server in servers)


def _nginx(pool: Pool, topology: Topology, moved: float, sticky: bool | None) -> Iterable[Finding]:
    key = (pool.algorithm.argument or "").strip("\"'")
    by_address = pool.algorithm.name == "ip_hash"
    if not by_address and "$" not in key:
        # A constant or empty key moves nobody: another rule.
        return
    words = "ip_hash" if by_address else f"hash {key}"
    message = f"`{words}` of {pool.name} is no consistent hash: adding or deleting a server reshuffles the clients"
    why = f"a changed list of servers moves about {percent(moved)} of the clients of the servers that stay"
    remedy = (
        f"Write `hash $remote_addr consistent` in {pool.name}, or mark a server `down` instead of deleting its line"
        if by_address
        else f"Add `consistent` to the `hash` line of {pool.name}"
    )
    place = pool.algorithm.location or pool.location
    severity: Severity = "info" if by_address else "error" if sticky else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "hash-map-based",
    None,
    "warning",
    "medium",
    Pool,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it keeps clients and caches on their server when the pool changes",
)
