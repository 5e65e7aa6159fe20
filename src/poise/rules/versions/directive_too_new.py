"""The version in use does not know a directive, so the next reload fails.

## What it finds
Directives and parameters of nginx's upstream blocks that came after the version of `--target`: `resolve` (1.27.3), `sticky`, `route` and
`drain` (1.29.6), `keepalive 0` and `local` (1.29.7), `least_time` (after 1.29.7), `max_conns` (1.11.5) and others. Without `--target`
information. `slow_start`, `queue` and `ntlm`, which only nginx Plus has, are found where nothing else in the file is Plus's. Files that
use what only nginx Plus has (`api`, `health_check`, `queue`, `state` …) are silent: Plus had most of them before.

Sections, keywords, options, actions and algorithms of HAProxy that came after the version installed here (`init-state` 3.1, `guid` 3.0,
`hash-preserve-affinity` 3.2), as information: with `--target` such a line is one that could not be read.

## Why it hurts
The load balancer refuses the whole file at the next reload and goes on with the old configuration: what else the change was for does not
happen, and the next start, perhaps months later, fails.

## Bad
```nginx
# nginx 1.28
upstream web {
    zone web 64k;
    sticky cookie srv_id expires=1h;
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check init-state down
    server app2 10.0.0.2:8080 check init-state down
```

## Good
```nginx
# nginx 1.28
upstream web {
    zone web 64k;
    ip_hash;
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
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High for the version named. When `least_time` came to open source is known only to lie between 1.29.7 and 1.31.3.

## See also
[nginx: changes](https://nginx.org/en/CHANGES) · [HAProxy: init-state](https://docs.haproxy.org/3.1/configuration.html#5.2-init-state)
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.rule import Rule
from poise.rules.version import ASSUMED, at_least, version

# Since when open-source nginx has them (nginx.org/en/CHANGES and the directives' pages; 1.22.1 and 1.31.3 were asked).
SINCE = {"zone": "1.9.0", "hash": "1.7.2", "random": "1.15.1", "sticky": "1.29.6", "least_time": "1.29.8", "keepalive_time": "1.19.10"}
PARAMETERS = {"resolve": "1.27.3", "service": "1.27.3", "route": "1.29.6", "drain": "1.29.6", "max_conns": "1.11.5"}
WHY = "nginx refuses the file: a reload keeps the old configuration without a word to clients, and a restart does not come up"
# Its status pages: that of today and those before R13.
PAGES = frozenset(("api", "status", "upstream_conf"))
PLUS = ("queue", "ntlm", "sticky_cookie_insert")


def too_new(pool: Pool) -> Iterator[tuple[str, str, Location]]:
    """What the pool uses, since when nginx has it, and where it stands."""
    for name, since in SINCE.items():
        if name in pool.options:
            yield name, since, pool.places.get(name, pool.location)
    words = pool.options.get("keepalive", "").split()
    if words[:1] == ["0"] or "local" in words:
        yield f"keepalive {' '.join(words)}", "1.29.7", pool.places.get("keepalive", pool.location)
    for server in pool.servers:
        for name, since in () if PARAMETERS.keys().isdisjoint(server.options) else PARAMETERS.items():
            if name in server.options:
                yield name, since, server.places.get(name, server.location)


def _directives(topology: Topology) -> Iterator[tuple[str, str, Location]]:
    """What servers and locations use, each name once, with the version that brought it and its first place."""
    seen: set[str] = set()
    holders = ((topology.options, topology.places),), ((x.options, x.places) for x in topology.listeners)
    routes = ((route.options, route.places) for listener in topology.listeners for route in listener.routes)
    told = _told()
    for options, places in chain(*holders, routes):
        if told.keys().isdisjoint(options):
            continue
        for name in options:
            if name in told and name not in seen:
                seen.add(name)
                yield name, ".".join(map(str, told[name])), places[name]


@cache
def _told() -> dict[str, tuple[int, ...]]:
    """The versions that brought directives of servers and locations; those of pools stand above."""
    from poise.balancers.nginx.directives.since import SINCE as known  # noqa: N811, PLC0415 - who audits HAProxy does not wait for nginx

    return {name: since for name, since in known.items() if isinstance(name, str) and name not in SINCE and name != "pass"}


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per directive and place."""
    if topology.product == "haproxy":
        yield from _haproxy(topology)
        return
    if _plus(topology):
        return
    yield from _bought(topology)
    have = ".".join(map(str, version(topology)))
    said = "" if topology.target or topology.assumed else " (assumed)"
    severity: Severity = "error" if topology.target else "info"
    for pool in topology.pools:
        for name, since, place in too_new(pool):
            if at_least(topology, since):
                continue
            message = f"`{name}` of {pool.name} needs nginx {since}, this is {have}{said}"
            remedy = f"Update nginx to {since} or later, or do without `{name}`"
            yield RULE.found(topology, place, message, WHY, remedy, pool=pool.name, severity=severity)
    for name, since, place in _directives(topology):
        if not at_least(topology, since):
            message = f"`{name}` needs nginx {since}, this is {have}{said}"
            yield RULE.found(topology, place, message, WHY, f"Update nginx to {since} or later, or do without `{name}`", severity=severity)


def _haproxy(topology: Topology) -> Iterator[Finding]:
    """With a target the line was refused already."""
    if topology.target:
        return
    from poise.rules.haproxy_newer import newer  # noqa: PLC0415 - who audits nginx does not wait for HAProxy's keywords

    have = topology.assumed or ASSUMED["haproxy"]
    said = " (assumed)" if have == ASSUMED["haproxy"] else ""
    for name, since, place, pool in newer(topology, have):
        message = f"`{name}` needs HAProxy {since}, this is {have}{said}"
        why = "an older HAProxy refuses the file: a reload keeps the old configuration, and a restart does not come up"
        remedy = f"Update HAProxy to {since} or later, or do without `{name}`; `--target haproxy={since}` says which it runs on"
        yield RULE.found(topology, place, message, why, remedy, pool=pool, severity="info")


def _of_plus(topology: Topology) -> Iterator[tuple[Pool, str, Location]]:
    """What open-source nginx has in no version, and where it stands."""
    for pool in topology.pools:
        yield from ((pool, name, pool.places.get(name, pool.location)) for name in PLUS if name in pool.options)
        for server in pool.servers:
            if "slow_start" in server.options:
                yield pool, "slow_start", server.places.get("slow_start", server.location)


def _bought(topology: Topology) -> Iterator[Finding]:
    """A single sign of nginx Plus in a file that shows no other is more likely copied from its guide."""
    severity: Severity = "error" if topology.target else "info"
    for pool, name, place in _of_plus(topology):
        message = f"`{name}` of {pool.name} is nginx Plus's: open-source nginx has it in no version"
        why = "open-source nginx refuses the file: a reload keeps the old configuration, and a restart does not come up"
        remedy = f"Remove `{name}`, unless this is nginx Plus"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, severity=severity)


def _plus(topology: Topology) -> bool:
    """Whether the file shows that it is for nginx Plus."""
    if len({what for _, what, __ in _of_plus(topology)}) > 1 or any("state" in pool.options for pool in topology.pools):
        return True
    if any(page.kind in PAGES for listener in topology.listeners for page in listener.status_pages):
        return True
    options = (each for listener in topology.listeners for each in (listener.options, *(route.options for route in listener.routes)))
    return any("health_check" in each for each in options)


RULE = Rule(
    "directive-too-new",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    because="it prevents a reload that silently keeps the old configuration",
)
