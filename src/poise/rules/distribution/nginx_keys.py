"""Keys of nginx's `hash` and `split_clients` that take too few values for what they choose among. Pure."""

from collections.abc import Iterable, Iterator

from poise.balancers.nginx.client_split import splits
from poise.model.finding import Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.topology import Pool, Topology
from poise.rules.nginx_empty import Filled, empty, filled, why_empty
from poise.rules.nginx_variables import FIXED, distinct, names, without_answers
from poise.rules.nginx_ways import hosts, primaries, routes
from poise.rules.words import count, idle, listing

UNTIED = "clients are not tied to a server, as the line suggests"


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to say about one key."""

    place: Location
    message: str
    why: str
    remedy: str
    pool: str | None
    severity: Severity


def constant_keys(topology: Topology) -> Iterator[Said]:
    """One for each pool whose `hash` has such a key, then one for each such split."""
    on = filled(topology)
    for pool in topology.pools:
        if pool.algorithm.name == "hash" and len(primaries(pool)) > 1:
            yield from _hash(pool, topology, on)
    for variable, parts in splits(topology):
        key, pools = variable.source, [part.pool.name for part in parts]
        if len(set(pools)) < 2 or len(_values(key, pools, topology, on)[0] or ()) != 1:
            continue
        message = f"the key `{key}` of `split_clients` is the same for every request: one of {listing(pools)} gets 100 %"
        why = "the percentages have no effect, and the other pools stand idle"
        remedy = "Split by what differs between clients, such as `$remote_addr` or a cookie, or between requests: `$request_id`"
        yield Said(variable.location, message, why, remedy, None, "warning" if "hostname" in names(key) else "error")


def _hash(pool: Pool, topology: Topology, on: Filled) -> Iterator[Said]:
    key, servers = (pool.algorithm.argument or "").strip("\"'"), len(primaries(pool))
    values, reasons = _values(key, (pool.name,), topology, on)
    place = pool.algorithm.location or pool.location
    remedy = f"Hash what differs between requests, such as `$request_uri` or `$remote_addr`, in {pool.name}"
    if values is None and names(key) and set(names(key)) <= {"host", "http_host"} | FIXED and _one_host(pool, topology):
        message = f"`hash {key}` of {pool.name} is the same for every request: its locations are for one host name"
        why = f"{idle(servers - 1, servers)} while one carries everything"
        yield Said(place, message, why, remedy, pool.name, "warning")
        return
    if values is None or len(values) >= servers or (len(values) > 1 and "" in values):
        return
    because = f" ({reasons})" if reasons else ""
    if values == {""}:
        what = f"`hash {key}` of {pool.name} is always empty{because}" if reasons else f"the hash key of {pool.name} is empty"
        yield Said(place, f"{what}: nginx deals in turn", UNTIED, remedy, pool.name, "warning")
        return
    why = f"{idle(servers - len(values), servers)} while the others carry everything"
    if len(values) == 1:
        message = f"`hash {key}` of {pool.name} is the same for every request{because}: one server gets 100 %"
    else:
        message = f"`hash {key}` of {pool.name} can take {count(len(values), 'value')} only{because}, for {servers} servers"
    yield Said(place, message, why, remedy, pool.name, "error" if len(values) == 1 else "warning")


def _values(key: str, pools: Iterable[str], topology: Topology, on: Filled) -> tuple[frozenset[str] | None, str]:
    """All that the key may be, and which of its variables are empty and why."""
    reasons: dict[str, str] = {}
    absent = empty(pools, topology, on)

    def asked(name: str) -> str | None:
        why = why_empty(name, absent)
        if why:
            reasons.setdefault(why, why if key in (f"${name}", f"${{{name}}}") else f"`${name}` has no value: {why}")
        return why

    bare = without_answers(key)
    if bare != key:
        reasons[""] = "no server has answered yet when nginx chooses one"
    return distinct(bare, topology, asked), "; ".join(reasons.values())


def _one_host(pool: Pool, topology: Topology) -> bool:
    """Whether all routes to the pool stand in servers of one and the same single name."""
    found = [hosts(route) for route in routes(pool, topology)]
    return bool(found) and found[0] is not None and len(found[0]) == 1 and all(each == found[0] for each in found)
