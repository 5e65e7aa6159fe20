"""`poise predict`: read and forecast."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from poise.app.acceptances import Declared, declared, where_it_stands
from poise.app.acceptances import needs_path as where_needs_are
from poise.app.idle_patterns import idle_patterns
from poise.app.needs_scopes import scopes
from poise.app.needs_set_aside import set_aside
from poise.app.unmatched import matched
from poise.balance import forecast as balance_forecast
from poise.balance.splits import counted_once
from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast
from poise.model.remark import Remark
from poise.model.topology import Topology
from poise.model.what_if import Questions
from poise.reading.files import read_text
from poise.reading.read import Sources, judged_by, read
from poise.rules.exposure.reach import is_name

BYTE_ORDER_MARK = "\ufeff"
_LOAD = "peak_requests_per_second, service_time_ms and concurrency_per_server"
MOST_NAMED = 6
# Algorithms whose keys are addresses, as their configurations name them.
ADDRESS_HASHES = {"source": "balance source", "ip_hash": "ip_hash"}


def predict(
    sources: Sources,
    needs_path: str | Declared | None = None,
    requests: int = 1500,
    keys: Sequence[str] | CouldNot | None = None,
    keys_file: str = "the keys",
    asked: Questions = balance_forecast.NOTHING_ASKED,
    progress: Callable[[str, float], None] | None = None,
) -> Forecast:
    """The forecast of every pool in these files or folders, held against the needs (`poise.toml` beside the first where none is given).

    `keys_file` names where the keys stand, for what is said of them; `asked` is what could happen to the pools, `progress` is told how
    far the answers are.
    """
    if isinstance(keys, CouldNot):
        # Shares over other keys than those that were meant are no answer.
        return Forecast((), (keys,))
    needs, needs_unread = declared(needs_path, sources.first)
    sources = replace(sources, exclude=(*sources.exclude, *needs.audit.exclude))
    reading = read(sources, by=judged_by(sources))
    file = where_needs_are(needs_path, sources.first)
    idle = idle_patterns(reading.idle, needs, file, sources.first)
    first, further = scopes(needs_path, sources.first, reading.topologies)
    needs, unmatched, remarks = matched(needs, first, file)
    remarks += where_it_stands(needs_path, sources.first)
    remarks += tuple(set_aside(needs, first, file))
    made = balance_forecast.forecast(first, needs, requests, keys, asked, progress)
    for scope in further:
        made = _with(made, balance_forecast.forecast(scope.topologies, scope.needs, requests, keys, asked, progress), reading.topologies)
        remarks += (*scope.remarks, *set_aside(scope.needs, scope.topologies, scope.file))
        unmatched += (*scope.unread, *scope.unmatched)
    unplaced, more = _unplaced(keys_file, keys, made) if keys is not None else ([], [])
    more += _named(reading.topologies) if keys is not None else ()
    could_not = dict.fromkeys((*reading.could_not, *needs_unread, *unmatched, *made.could_not, *unplaced))
    told = (
        *reading.remarks,
        *remarks,
        *_slots(reading.topologies),
        *_found_later(reading.topologies),
        *_ruled(reading.topologies),
        *_divided(reading.topologies),
        *_bound(reading.topologies),
        *_idle(made),
        *_named_twice(reading.topologies, keys is not None),
        *more,
        *idle,
    )
    return replace(made, could_not=tuple(could_not), remarks=told, excluded=reading.excluded)


def _with(one: Forecast, other: Forecast, topologies: Sequence[Topology]) -> Forecast:
    """Both forecasts as one, in the order of the configurations."""
    place = {topology.file: number for number, topology in enumerate(topologies)}
    return replace(
        one,
        pools=tuple(sorted((*one.pools, *other.pools), key=lambda pool: place.get(pool.file, len(place)))),
        could_not=(*one.could_not, *other.could_not),
        routes=(*one.routes, *other.routes),
        interrupted=one.interrupted or other.interrupted,
    )


def _unplaced(file: str, keys: Sequence[str], made: Forecast) -> tuple[list[CouldNot], list[Remark]]:
    """What to say of keys that decide nothing: shares that are not over them must not look as if they were."""
    count = len(dict.fromkeys(keys))
    could_not: list[CouldNot] = []
    remarks: list[Remark] = []
    if made.pools and all(pool.placement is None for pool in made.pools):
        said = "no pool here chooses servers by a hash that poise can compute, so these keys decide nothing"
        remarks.append(Remark(file, f"{said} and no share is over them"))
    answered = any(pool.placement for pool in made.pools)
    # What is true of many pools is said once.
    alike: dict[tuple[int, str | None], list[str]] = {}
    for pool in made.pools:
        if pool.placement is not None and (missed := count - len(pool.placement)):
            alike.setdefault((missed, ADDRESS_HASHES.get(pool.algorithm)), []).append(pool.pool)
    for (missed, hashes), pools in alike.items():
        names = ", ".join(pools[:MOST_NAMED]) + (f" and {len(pools) - MOST_NAMED} more pools" if len(pools) > MOST_NAMED else "")
        are, hashed = ("are no addresses", f", which is what `{hashes}` hashes") if hashes else ("have no place", "")
        if missed < count or answered:
            said = f"{missed} of its {count} keys {are}{hashed}: in {names} they count as spread by the weights"
            remarks.append(Remark(file, said))
        else:
            none = "is an address" if hashed else "has a place"
            could_not.append(CouldNot(file, f"no key in it {none}{hashed}, so the shares of {names} are not over these keys"))
    return could_not, remarks


def _named(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """How many addresses a name has is for DNS to say, and where each has the server's weight the keys of all others move with it."""
    for topology in topologies:
        for pool in topology.pools:
            if names := counted_once(pool):
                some = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
                said = f"{pool.name} is placed as if each name in it had one address ({some})"
                yield Remark(topology.file, f"{said}: one with two counts twice, and most keys lie elsewhere then", pool.location.line)


def keys_in(path: str) -> Sequence[str] | CouldNot:
    """One key a line; bytes that are not UTF-8 stay what they are, for the hash is over bytes.

    The mark with which some programs begin a file is of the file, not of its first key: with it that key would hash elsewhere.
    """
    read = read_text(path)
    if isinstance(read, CouldNot):
        return CouldNot(read.what, f"the keys: {read.reason.replace('the configuration itself', 'the file of keys itself')}")
    if "\0" in read.text:
        return CouldNot(read.name, "the keys: it holds NUL bytes, so it is no list of keys. Give one key a line")
    return [key for line in read.text.removeprefix(BYTE_ORDER_MARK).split("\n") if (key := line.removesuffix("\r"))] or CouldNot(
        read.name, "the keys: there is none in it. Give one key a line"
    )


def _ruled(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """What `use-server` sends to a server is a part of the requests that no file tells."""
    for topology in topologies:
        for pool in topology.pools:
            names = tuple(dict.fromkeys(name for name, _ in pool.use_server))
            if names:
                said = (
                    f"{pool.name}: `use-server` sends requests to {', '.join(names[:6])}{' …' if len(names) > 6 else ''} by rule, whatever"
                )
                yield Remark(topology.file, f"{said} the weights are: the shares are those of all other requests", pool.location.line)


def _divided(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """Envoy's subsets: a route's metadata_match, or a filter's, chooses among some of the hosts alone (measured with 1.40)."""
    for topology in topologies:
        for pool in topology.pools if topology.product == "envoy" else ():
            if pool.servers and any("lb_subset_config.subset_selectors" in path for path in pool.options):
                said = (
                    f"{pool.name} is divided into subsets: a request whose route has a matching `metadata_match` goes to its subset alone"
                )
                yield Remark(topology.file, f"{said}, and the shares are those over all hosts", pool.location.line)


def _bound(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """Clients that come back do not follow the split: behind `stick on src` one client is one server's, whatever the weights say."""
    for topology in topologies:
        for pool in topology.pools:
            if pool.persistence and len(pool.servers) > 1:
                said = f"{pool.name}: `{pool.persistence}` keeps clients that come back at their server: the shares are those of new ones"
                yield Remark(topology.file, said, (pool.persistence_location or pool.location).line)


def _idle(made: Forecast) -> Iterator[Remark]:
    """leastconn compares requests in flight by weight: where there are none all servers are alike, and it deals in turn.

    300 requests one after the other at weights 10/20/30/40 were 75 for each (HAProxy 2.6.12).
    """
    for pool in made.pools:
        taking = [server for server in pool.servers if server.share]
        loaded = any(server.utilisation is not None for server in pool.servers)
        if (pool.product, pool.algorithm) == ("haproxy", "leastconn") and len({server.weight for server in taking}) > 1 and not loaded:
            said = f"{pool.pool}: `leastconn` splits by weight where many requests are worked on at once, evenly where few are"
            yield Remark(pool.file, f"{said}: {_LOAD} of it in poise.toml tell the shares in between")


def _named_twice(topologies: Sequence[Topology], placed: bool) -> Iterator[Remark]:
    """nginx makes each address of a name a server of its own, with the whole weight (localhost is 127.0.0.1 and ::1 on most machines).

    Only on a ring they share the points of their name.
    """
    for topology in topologies:
        for pool in topology.pools if topology.product == "nginx" else ():
            hosts = {server.name: server.address.rpartition(":")[0].strip("[]") for server in pool.servers}
            if pool.algorithm.name == "hash" and pool.algorithm.hash_method == "consistent":
                continue
            names = [name for name, host in hosts.items() if host.lower() == "localhost" or is_name(host)]
            if names and len(hosts) > 1 and not pool.discovered and not (placed and counted_once(pool)):
                some = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
                said = f"{pool.name} is forecast as if each name in it had one address ({some})"
                yield Remark(topology.file, f"{said}: one with two is two servers, each of its weight", pool.location.line)


def _found_later(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """Pools that are in the file and in no forecast: left out in silence, they would look as if they were not there."""
    for topology in topologies:
        pools = [pool for pool in topology.pools if pool.discovered and not pool.servers]
        if pools:
            names = ", ".join(pool.name for pool in pools[:MOST_NAMED]) + (" …" if len(pools) > MOST_NAMED else "")
            said = f"{names}: the servers are found at run time and not in the file, so no share is forecast"
            yield Remark(topology.file, said, pools[0].location.line)


def _slots(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """How many servers a `server-template` has is for DNS to say, and the forecast takes all of its slots."""
    for pool in (pool for topology in topologies for pool in topology.pools):
        slots = [server for server in pool.servers if server.template and server.resolvers]
        if slots:
            text = (
                f"{pool.name} is forecast as if DNS filled all {len(slots)} slots of its `server-template`: a slot without an address gets "
                "nothing, and its share goes to the others"
            )
            yield Remark(slots[0].location.file, text, slots[0].location.line)
