"""The first loss takes all traffic away from a pool that could still serve it.

## What it finds
Rules that turn away from a pool by the number of its servers (`nbsrv`): `use_backend`, `http-request deny`, `redirect` or `return`, and
`monitor fail`, that already hold while most of the pool's servers are up. One that holds with all of them up, in a listener that leads to
the pool, is an error.

## Why it hurts
With four servers and `nbsrv(web) lt 4` the failure of one sends every request to the sorry page, and three healthy servers stand idle. A
release that restarts one server after the other does the same. With `monitor fail` the whole load balancer leaves the pool of the one in
front.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend sorry if { nbsrv(web) lt 4 }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
backend sorry
    option httpchk GET /
    server page1 10.0.1.1:8080 check
    server page2 10.0.1.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend sorry if { nbsrv(web) lt 2 }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
backend sorry
    option httpchk GET /
    server page1 10.0.1.1:8080 check
    server page2 10.0.1.2:8080 check
```

## How sure
Medium: where fewer servers cannot carry the load anyway, leaving early is right. At half of the servers or fewer it is silent; where two
thirds or less are left it is information.

## See also
[HAProxy: nbsrv](https://docs.haproxy.org/2.8/configuration.html#7.3.2-nbsrv) · `loss-overloads` · `failover-too-late`
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from poise.balancers.haproxy.criteria import Condition, acls, condition, inside, intervals
from poise.model.finding import Finding, Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import count, verb

COUNTED = re.compile(r"nbsrv(?:\(([^)]*)\))?")
TURNS_AWAY = ("deny", "redirect", "return", "reject", "tarpit")
# Above this part of its servers a pool is expected to go on; above the second one nobody doubts it.
ENOUGH, PLENTY = 0.5, 2 / 3


@dataclass(frozen=True, slots=True)
class _Way:
    """One rule that leads away: its condition, where it stands, what it does in words, and the pool it leads to if any."""

    condition: Condition | None
    location: Location
    does: str
    to: str | None = None


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per rule and pool that it counts."""
    own = {route.pool for route in listener.routes}
    for way in _ways(listener):
        for pool, bounds, negated in _counted(way, listener, topology) if way.condition else ():
            servers = len(serving(pool))
            # The number counts backups only once no active server is left.
            holds = [inside(bounds, up) != negated for up in range(servers + 1)]
            if pool.name == way.to or pool.discovered or servers < 2 or any(s.template for s in pool.servers):
                continue
            if holds[servers] and pool.name in own:
                yield _found(topology, way, pool, servers, "error")
            elif not holds[servers] and holds[0]:
                most = max(up for up in range(servers) if holds[up])
                if most / servers > ENOUGH and most > 1:
                    yield _found(topology, way, pool, most, "warning" if most / servers > PLENTY else "info")


def _ways(listener: Listener) -> Iterator[_Way]:
    written = listener.options.get("acl", "")
    named = {name for name, lines in acls(written).items() if any("nbsrv" in line for _, line in lines)} if "nbsrv" in written else set()
    for route in listener.routes:
        if route.condition and ("nbsrv" in route.condition or not named.isdisjoint(w.lstrip("!") for w in route.condition.split())):
            yield _Way(condition(route.condition, listener.options), route.location, f"requests go to {route.pool}", route.pool)
    yield from _lines(listener.options, listener.places, "http-request", TURNS_AWAY, "requests are turned away")
    yield from _lines(listener.options, listener.places, "monitor fail", ("if", "unless"), "the load balancer says that it is down")


def _lines(options: Mapping[str, str], places: Mapping[str, Location], keyword: str, begins: tuple[str, ...], does: str) -> Iterator[_Way]:
    counts = "nbsrv" in options.get("acl", "")
    for number, line in enumerate(options.get(keyword, "").split("\n")):
        if line.startswith(begins) and (counts or "nbsrv" in line):
            found = re.search(r"\b(?:if|unless) ", line)
            asked = condition(line[found.start() :], options) if found else None
            place = places.get(f"{keyword}.{number}", places.get(keyword))
            if place is not None:
                yield _Way(asked, place, does)


def _counted(way: _Way, listener: Listener, topology: Topology) -> Iterator[tuple[Pool, tuple[tuple[float, float], ...], bool]]:
    """The pools whose servers alone decide, with the numbers asked for. One of several or-ed branches decides too; of and-ed terms none."""
    asked = way.condition
    for branch in asked.branches if asked else ():
        if asked is None or len(branch) != 1 or len(branch[0].any_of) != 1 or (asked.negated and len(asked.branches) > 1):
            continue
        one = branch[0].any_of[0]
        named = COUNTED.fullmatch(one.fetch)
        pool = topology.pool(named[1] or listener.name) if named else None
        bounds = intervals(one.patterns)
        if pool is not None and bounds is not None:
            yield pool, bounds, branch[0].negated != asked.negated


def _found(topology: Topology, way: _Way, pool: Pool, up: int, severity: Severity) -> Finding:
    servers = len(serving(pool))
    those = f"all {servers}" if up == servers else f"{up} of {servers}"
    message = f"with {those} servers of {pool.name} up {way.does}"
    idle = (
        "it gets nothing while all is well"
        if up == servers
        else f"{count(up, 'healthy server')} {verb(up, 'stand')} idle after the loss of one"
    )
    why = idle if up >= servers - 1 else f"{count(up, 'healthy server')} of {servers} stand idle"
    remedy = f"Ask for fewer: `nbsrv({pool.name}) lt 1` is an empty pool, `lt {max(servers // 2, 1)}` one that lost more than half"
    return RULE.found(topology, way.location, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule("fallback-too-early", "traffic-pinned", "warning", "medium", Listener, check, __doc__)
