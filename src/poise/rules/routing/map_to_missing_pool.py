"""A map leads to a backend that does not exist.

## What it finds
`use_backend` rules that look the backend up in a map (`map`, `map_beg`, `map_dom` … as the last converter), where a value of the map's
file, or the default in the converter, names no backend (a frontend is none): an error, told at that line of the file. A warning where the
listener has a `default_backend`, which then takes these requests. Names made in another way (a variable, a header) are silent, and so are
`virt@` maps.

## Why it hurts
HAProxy asks for the backend's name when the request is there: `haproxy -c` accepts any. The request gets 503 while every server is up, or
goes to the `default_backend`, an application that does not know it; the rules that follow are not asked.

## Bad
```haproxy
# /dev/null stands for the file of the map
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
frontend http
    bind :80
    use_backend %[req.hdr(host),lower,map_dom(/dev/null,wbe)]
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
# /dev/null stands for the file of the map
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
frontend http
    bind :80
    use_backend %[req.hdr(host),lower,map_dom(/dev/null,web)]
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: HAProxy 2.6.12 and 2.8.25 accept the map and answer 503. A value is all that stands behind the key, words and `#` included. What
`set-map` or the runtime API put into a map later is in no file.

## See also
[HAProxy: map](https://docs.haproxy.org/2.8/configuration.html#map) · `no-pool-for-requests` · `route-to-missing-pool`
"""

from collections.abc import Iterable, Iterator

from poise.balancers.haproxy.map_names import BY_NUMBER, Mapped, key, mapped
from poise.model.finding import Finding, Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Route, Topology
from poise.rules.pool_meant import correct
from poise.rules.rule import Rule

# Of one map: where more are missing, the backends stand in another file, or the map is another's.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class _Missing:
    """A name without a backend: what says it, where, and the listener that asks."""

    said: str
    name: str
    place: Location
    listener: Listener


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per name and map, at the first entry that says it."""
    # A part of a configuration, whose backends stand elsewhere.
    if not topology.pools:
        return
    # A frontend's name is no backend's; that of a `listen` is.
    known = {pool.name for pool in topology.pools} | {listener.name for listener in topology.listeners if "listen" in listener.options}
    told: dict[tuple[str, str], _Missing] = {}
    for listener in topology.listeners:
        for route in listener.routes if "disabled" not in listener.options else ():
            asked = mapped(route.pool)
            for each in _missing(asked, route, listener, topology, known) if asked is not None else ():
                before = told.setdefault((asked.file if asked else "", each.name), each)
                # One that has nothing to fall back to is the worse one.
                if _fallback(before.listener) and not _fallback(listener):
                    told[asked.file if asked else "", each.name] = each
    count: dict[str, int] = {}
    for (file, _name), each in told.items():
        count[file] = count.get(file, 0) + 1
        if count[file] <= MOST_TOLD:
            yield _told(each, topology, known, sum(other == file for other, _ in told) - MOST_TOLD if count[file] == MOST_TOLD else 0)


def _missing(asked: Mapped, route: Route, listener: Listener, topology: Topology, known: set[str]) -> Iterator[_Missing]:
    if asked.default is not None and _lost(asked.name(asked.default), known):
        said = f"{listener.name} sends what is not in the map {asked.file} to"
        yield _Missing(said, asked.name(asked.default), route.location, listener)
    values = topology.variables.get(key(asked.file))
    for value in values.values if values is not None else ():
        if _lost(asked.name(value.text), known):
            yield _Missing(f"the map sends {value.key} to", asked.name(value.text), value.location, listener)


def _lost(name: str, known: set[str]) -> bool:
    # `\1` is a part of the key, in map_regm.
    return name not in known and not name.startswith(BY_NUMBER) and "\\" not in name


def _fallback(listener: Listener) -> Route | None:
    return next((route for route in listener.routes if route.condition is None and "%" not in route.pool), None)


def _told(missing: _Missing, topology: Topology, known: set[str], more: int) -> Finding:
    fallback = _fallback(missing.listener)
    rest = f", and {more} other names in it lead nowhere either" if more > 0 else ""
    message = f"{missing.said} `{missing.name}`, and there is no such backend{rest}"
    if not missing.name:
        message = f"{missing.said} no backend: a value is missing behind it{rest}"
    severity: Severity = "warning" if fallback else "error"
    why = "HAProxy looks for the backend when the request is there: it gets 503, with every server up"
    if fallback:
        why = f"HAProxy looks for the backend when the request is there: it goes to {fallback.pool}, whatever rules follow"
    remedy = f"{correct(missing.name, sorted(known))}, or add the backend"
    return RULE.found(topology, missing.place, message, why, remedy, pool=missing.name or None, severity=severity)


RULE = Rule("map-to-missing-pool", "wrong-route", "error", "high", Topology, check, __doc__)
