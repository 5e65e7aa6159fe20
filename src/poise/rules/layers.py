"""Which pools lead to which listeners, and which configurations are two versions of one: what rules about pairs are asked about. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

from poise.model.chain import Chain, Link
from poise.model.change import Change
from poise.model.topology import Bind, Listener, Server, Topology
from poise.rules.addresses import host as one_spelling

# The address of any interface, as HAProxy, nginx and Envoy write it.
WILDCARDS = frozenset(("", "*", "0.0.0.0", "::", "[::]"))  # noqa: S104 - read in files, never bound


# Where more configurations than this take any address at one port, or more pools than this of one have servers at that port of
# other machines, an equal port tells nothing about which of them is meant.
MOST_GUESSES = 8
# More pools than this with one address lead to the same listeners: what is wrong with one is wrong with all, and is told often enough.
MOST_OF_ONE = 50

_Ends = tuple[tuple[Listener, Bind], ...]
_Taken = Mapping[tuple[str, str], Mapping[int, _Ends]]


def chains(topologies: Sequence[Topology]) -> Iterator[Chain]:
    """Every pool with the listeners of each configuration that its servers are."""
    taken = _taken(topologies)
    if not taken:
        return
    ports = {port for _, port in taken}
    for number, front in enumerate(topologies):
        # Most servers are at a port that nothing here takes.
        addresses = [[(server, *_address(server)) for server in pool.servers if _may_end(server, ports)] for pool in front.pools]
        asking: Counter[tuple[str, str]] = Counter()
        for servers in addresses:
            asking.update({("*" if kind not in ("", "loopback") else kind, port) for _, kind, port in servers})
        told: Counter[tuple[str, str]] = Counter()
        for pool, servers in zip(front.pools, addresses, strict=True):
            links: dict[int, list[Link]] = defaultdict(list)
            for key in {(kind, port) for _, kind, port in servers}:
                told[key] += 1
            for server, kind, port in servers:
                if told[kind, port] <= MOST_OF_ONE:
                    guess = asking["*", port] <= MOST_GUESSES
                    for back, link in _links(server, (kind, port), number, taken, guess):
                        links[back].append(link)
            for back in sorted(links):
                yield Chain(front, pool, topologies[back], tuple(links[back]))


def _may_end(server: Server, ports: Collection[str]) -> bool:
    return server.address.rpartition(":")[2] in ports or "/" in server.address


def _address(server: Server) -> tuple[str, str]:
    """The server's host, as one of the kinds of `_taken`, and its port."""
    host, port = split(server.address)
    return ("" if port[:1] == "/" else _kind(host)), port


def _taken(topologies: Sequence[Topology]) -> _Taken:
    """By host and port: which listeners of which configuration take it. Hosts that mean any interface, or this machine, are one each."""
    found: dict[tuple[str, str], dict[int, list[tuple[Listener, Bind]]]] = defaultdict(lambda: defaultdict(list))
    for number, topology in enumerate(topologies):
        for listener in topology.listeners:
            for bind in listener.binds:
                host, port = split(bind.address)
                found[_kind(host) if port[:1] != "/" else "", port][number].append((listener, bind))
    return {key: {number: tuple(ends) for number, ends in of.items()} for key, of in found.items()}


def _kind(host: str) -> str:
    return "*" if host in WILDCARDS else "loopback" if loopback(host) else host


def _links(server: Server, address: tuple[str, str], front: int, taken: _Taken, guess: bool) -> Iterator[tuple[int, Link]]:
    kind, port = address
    exact, any_address = taken.get(address, {}), taken.get(("*", port), {})
    yield from ((back, Link(server, ends, True)) for back, ends in exact.items())
    if kind == "loopback":
        yield from ((back, Link(server, ends, True)) for back, ends in any_address.items() if back not in exact)
    elif guess and kind != "" and len(any_address) <= MOST_GUESSES:
        # Within one file an equal port alone says nothing: the other machine has that port too.
        yield from ((back, Link(server, ends, False)) for back, ends in any_address.items() if back not in exact and back != front)


def split(address: str) -> tuple[str, str]:
    """Host and port of an address; a socket's path is its own port, on no host. Brackets and protocol prefixes are left out."""
    if "/" in address:
        return "", address[address.index("/") :]
    host, _, port = address.rpartition(":")
    bare = host.rpartition("@")[2].strip("[]").lower()
    return (one_spelling(bare) if ":" in bare else bare), port


def loopback(host: str) -> bool:
    """Whether that host is the machine itself."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def changes(before: Sequence[Topology], after: Sequence[Topology]) -> Iterator[Change]:
    """Each configuration of `after` with the one of `before` that it replaces: the same product and the most pools and listeners by name.

    Between equals the file's name decides, then how far its folders agree; what has nothing in common with any is new, not changed.
    """
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, old in enumerate(before):
        for name in _names(old):
            by_name[old.product, name].append(number)
    taken: set[int] = set()
    for new in after:
        common: Counter[int] = Counter()
        for name in _names(new):
            # Half a point for the file's name: it decides between equals only.
            points = 1 if name.startswith("file ") else 2
            common.update({number: points for number in by_name.get((new.product, name), ()) if number not in taken})
        most = max(common.values(), default=0)
        alike = [number for number, points in common.items() if points == most]
        best = (
            max(alike, key=lambda number: (_agree(before[number].file, new.file), -number)) if len(alike) > 1 else next(iter(alike), None)
        )
        if best is None and len(before) == len(after) == 1 and before[0].product == new.product:
            best = 0
        if best is not None:
            taken.add(best)
            yield Change(before[best], new)


def _names(topology: Topology) -> set[str]:
    """What a configuration is known by: its pools, its listeners, its file."""
    pools = {f"pool {pool.name}" for pool in topology.pools}
    return pools | {f"listener {listener.name}" for listener in topology.listeners} | {f"file {_file(topology)}"}


def _agree(one: str, other: str) -> int:
    """How many names of the two paths are the same, counted from the file upwards."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _file(topology: Topology) -> str:
    return topology.file.rpartition("/")[2]
