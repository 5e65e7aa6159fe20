"""How nginx's routes pass requests on: the directives in effect, whatever protocol they speak. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from math import ceil

from poise.balancers.nginx.values import number
from poise.model.location import Location
from poise.model.topology import Pool, Route, Server, Topology
from poise.rules.places import by_place
from poise.rules.pools import in_use

QUIET = (
    r"(?i)\bws|wss?\b|sock|signalr|cable|stream|event|\bsse\b|live|hubs?\b|notif|push|chat|term|console|shell|attach|exec|mqtt|subscri"
    r"|realtime|poll|logs?\b|watch|tail|graphql|upgrade|updates"
)
FAMILIES = ("proxy", "grpc", "fastcgi", "uwsgi", "scgi", "memcached")
# Answers that count as a failure of the server where *_next_upstream names them. 403 and 404 never do: measured, and the manual says so.
FAILING_ANSWERS = ("http_500", "http_502", "http_503", "http_504", "http_429")


# Of very many targets at one server those behind this are told again, as looking at all for each took the square of the time.
_MOST_LOOKS = 20


def family(route: Route) -> str:
    """Which family of directives rules this route: proxy, grpc, fastcgi …"""
    target = route.target or ""
    if target.startswith(("http://", "https://")):
        return "proxy"
    if target.startswith(("grpc://", "grpcs://")):
        return "grpc"
    written = (name for name in FAMILIES if f"{name}_pass" in route.options)
    passed = next(written, None)
    if passed is None:
        passed = next((name for name in ("fastcgi", "uwsgi", "scgi") if f"{name}_param" in route.options), "proxy")
    return passed


def setting(route: Route, name: str) -> str | None:
    """What the route's family says of `name` (`next_upstream` → `proxy_next_upstream`), None where nobody wrote it."""
    return route.options.get(f"{family(route)}_{name}")


def place(route: Route, name: str) -> Location:
    """Where that is written, else the route."""
    return route.places.get(f"{family(route)}_{name}", route.location)


def routes(pool: Pool, topology: Topology) -> Iterator[Route]:
    """The routes that lead to the pool."""
    return (route for _, route in topology.routes_to(pool.name))


def told_before(pool: Pool, topology: Topology, wrong: Callable[[Pool], object]) -> bool:
    """Whether the same is wrong of an earlier target at the same server: to nginx all are one upstream, whatever their paths."""
    if not pool.implicit or not pool.servers:
        return False
    for other in islice(topology.pools_with(pool.servers[0].address), _MOST_LOOKS):
        if other is pool:
            return False
        if other.implicit and wrong(other):
            return True
    return False


def wrong_places(
    topology: Topology, name: str, wrong: Callable[[Pool, Route], object], *, written: Sequence[str] = ()
) -> Iterator[tuple[Location, Route, tuple[Pool, ...]]]:
    """Each place where the setting `name` is wrong, with the first route and all pools that it is wrong for.

    A directive of the http level rules every location below it: it is one mistake, not one for each. Only routes for which one of the
    settings in `written` is written are looked at, where there are any.
    """
    asked = {f"{each}_{setting}" for each in FAMILIES for setting in written}
    among = (route for listener in topology.listeners for route in listener.routes if not (asked and asked.isdisjoint(route.options)))
    return by_place(topology, among, lambda route: place(route, name), wrong)


def headers(route: Route) -> Mapping[str, str]:
    """The request headers that the route sets (`proxy_set_header`), by name in lower case."""
    return _headers(setting(route, "set_header") or "")


@lru_cache(maxsize=256)
def _headers(written: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for words in (line.split(None, 1) for line in written.split("\n")):
        value = words[1].strip().strip("\"'") if len(words) > 1 else ""
        # An empty value sends nothing, but what another line gives the same header is sent all the same (seen in 1.22 and 1.31).
        if words and (value or words[0].lower() not in found):
            found[words[0].lower()] = value
    return found


def header_place(route: Route, name: str) -> Location | None:
    """Where the route's request header of that name, in lower case, is written; None where it is not."""
    return route.places.get(f"{family(route)}_set_header {name}")


def is_read(route: Route) -> bool:
    """Whether all is here that sets what the route does: no file is missing that it or what is around it includes."""
    return "include" not in route.options


def upgrades(route: Route) -> bool:
    """Whether the route lets clients switch to another protocol, as WebSockets do."""
    return "upgrade" in headers(route)


def hosts(route: Route) -> frozenset[str] | None:
    """The names of the server that the route stands in; None where these are patterns, or more than are told."""
    found = []
    for word in (route.condition or "").split():
        if word.startswith(("/", "@", "=", "~", "^", "(")) or word == "if":
            break
        found.append(word)
    known = bool(found) and not any(re.search(r"[*…~]|^[._]|^_$", word) for word in found)
    return frozenset(found) if known and not re.search(r"(?:^| )~\^?\S", " ".join(found)) else None


def everything(route: Route) -> bool:
    """Whether the route is for the application as a whole: `/`, what a server passes on itself, a named location, all of PHP."""
    words = re.sub(r"\s*\((?:map|split_clients|geo|if) .*\)$", "", route.condition or "").split()
    return not words or words[-1] == "/" or words[-1].startswith("@") or "php" in words[-1] or not re.match(r"[/^~.\\(]", words[-1])


def shared_places(topology: Topology, name: str) -> frozenset[Location]:
    """Where the setting `name` is written once for several locations. Costs a look at every route: ask once, and not for every finding."""
    first: dict[Location, Location] = {}
    for listener in topology.listeners:
        for route in listener.routes:
            if setting(route, name) is not None:
                first.setdefault(place(route, name), route.location)
    return frozenset(
        where
        for listener in topology.listeners
        for route in listener.routes
        if setting(route, name) is not None and first[where := place(route, name)] != route.location
    )


def quiet(route: Route) -> bool:
    """Whether the route's path is that of connections which are silent for long: WebSockets, streams of events, terminals."""
    return re.search(QUIET, route.condition or "") is not None


def counted(server: Server) -> bool:
    """Whether failed attempts can take that server out for a while."""
    return (server.max_fails is None or server.max_fails > 0) and (server.fail_timeout is None or server.fail_timeout > timedelta())


def primaries(pool: Pool) -> tuple[Server, ...]:
    """The servers that get requests while all is well."""
    return pool.once("primaries", lambda pool: tuple([s for s in pool.servers if s.role == "active" and not s.backup]))


def alive(pool: Pool) -> tuple[Server, ...]:
    """The servers that may get requests at all: one that fails has the others to go to."""
    return in_use(pool)


def attempts(route: Route, pool: Pool) -> int:
    """How many servers one request may be sent to: each of the pool once, or as many as next_upstream_tries allows (0: no limit)."""
    most = len(alive(pool))
    return min(most, number(setting(route, "next_upstream_tries") or "0") or most)


def conditions(route: Route) -> tuple[str, ...]:
    """When a failed attempt goes to the next server. In stream it is on or off; unwritten it is error and timeout."""
    return _conditions(setting(route, "next_upstream") or "error timeout")


@lru_cache(maxsize=256)
def _conditions(written: str) -> tuple[str, ...]:
    return tuple(written.split())


def next_upstream_name(route: Route) -> str:
    """The directive's full name in that route's family."""
    return f"{family(route)}_next_upstream"


def workers(topology: Topology) -> int | None:
    """Worker processes as configured; None where as many as cores, or where a fragment does not say."""
    if topology.options.get("worker_processes") == "auto" or not (topology.complete or "worker_processes" in topology.options):
        return None
    return topology.workers


def several_workers(topology: Topology) -> bool:
    """Whether more than one worker is configured, `auto` taken as more than one; a fragment that does not say is not."""
    count = workers(topology)
    return topology.options.get("worker_processes") == "auto" if count is None else count > 1


@lru_cache(maxsize=256)
def whole_number(text: str | None) -> int | None:
    """The first word of a directive's value where it is a whole number (`keepalive 32 local` → 32)."""
    words = (text or "").split()
    return int(words[0]) if words and re.fullmatch(r"\d{1,9}", words[0]) else None


def per_worker(total: float, topology: Topology) -> int:
    """`total` shared by the workers, rounded up; by one where their number is not known."""
    return ceil(total / (workers(topology) or 1))
