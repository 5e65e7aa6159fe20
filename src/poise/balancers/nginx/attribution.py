"""Which server of which pool a logged address is. Pure: what names resolve to is given.

Two pools may share an address; then the pool's name decides where the line has it, otherwise which pools the logged places lead to.
"""

from collections.abc import Collection, Mapping

from poise.model.light import dataclass
from poise.model.topology import Pool, Server, Topology


@dataclass(frozen=True, slots=True)
class Credited:
    """An attempt's server. `servers` has more than one where a pool names the same address several times: they share it by weight."""

    pool: str
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """The pool had no server to try: nginx logs the pool's name in place of an address."""

    pool: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """Several pools have that address."""

    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stranger:
    """No server of the file has that address. `pool` is the one that it is surely of, None where that is not known."""

    address: str
    pool: str | None


Target = Credited | NobodyLeft | Undecided | Stranger


class Attribution:
    """One topology with the addresses that its servers' names resolve to (by the server's address as written)."""

    def __init__(self, topology: Topology, resolved: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.topology, self.resolved = topology, resolved if resolved is not None else {}
        # Pool and server in turn: a dictionary for each of 100,000 addresses would take several times as much. A list where several share
        # one, which may be 10,000 servers.
        self._by_address: dict[str, tuple[str, ...] | list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        self._known: dict[tuple[str, str, frozenset[str]], Target] = {}
        seen: set[tuple[str, str, str]] = set()
        for pool in self.topology.pools:
            for server in pool.servers:
                for address in (logged_address(server), *self.resolved.get(server.address, ())):
                    if (address, pool.name, server.name) not in seen:
                        seen.add((address, pool.name, server.name))
                        held = self._by_address.setdefault(address, own := (pool.name, server.name))
                        if isinstance(held, list):
                            held += own
                        elif held is not own:
                            self._by_address[address] = [*held, *own]
            for name in {*_names(pool), pool.name.lower()}:
                self._by_name.setdefault(name, []).append(pool.name)

    def target(self, address: str, named: str, pools: frozenset[str]) -> Target:
        """Whose attempt it was. `named` is the pool's name in the line (empty: none), `pools` where such lines' requests may go."""
        key = (address, named, pools)
        if key not in self._known:
            if len(self._known) > 100_000:
                self._known.clear()
            self._known[key] = self.find(address, named, pools)
        return self._known[key]

    def find(self, address: str, named: str, pools: frozenset[str]) -> Target:
        """The same, worked out anew."""
        named = named.lower()
        by_name = self._by_name.get(named, [])
        holders = self._holders(address)
        for among in (by_name, [p for p in holders if p in pools], list(holders)):
            chosen = [pool for pool in among if pool in holders]
            if len(chosen) == 1:
                return Credited(chosen[0], tuple(holders[chosen[0]]))
            if chosen:
                return Undecided(tuple(chosen))
        empty = self._by_name.get(address.lower())
        if empty:
            return NobodyLeft(empty[0])
        known = by_name or [pool for pool in pools if (found := self.topology.pool(pool)) is not None and found.discovered] or list(pools)
        pool = known[0] if len(known) == 1 else None
        alone = self.topology.pool(pool) if pool is not None else None
        if alone is not None and len(alone.servers) == 1 and _is_name(alone.servers[0]) and alone.servers[0].address not in self.resolved:
            # A name that poise cannot resolve here, and nginx could.
            return Credited(alone.name, (alone.servers[0].name,))
        return Stranger(address, pool)

    def _holders(self, address: str) -> dict[str, list[str]]:
        """By pool, its servers of that address."""
        held, found = self._by_address.get(address, ()), dict[str, list[str]]()
        for pool, server in zip(held[::2], held[1::2], strict=True):
            found.setdefault(pool, []).append(server)
        return found

    def common(self, addresses: Collection[str], pools: frozenset[str]) -> str:
        """The name of the one pool that all these attempts of one request were made in, empty where that is not sure."""
        holders = [set(self._holders(each)) or set(self._by_name.get(each.lower(), [])) for each in addresses]
        found = set.intersection(*holders) if holders else set()
        among = (found & pools) or found
        return next(iter(among)) if len(among) == 1 else ""

    def shared(self, pools: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The addresses that several of these pools have, with those pools."""
        wanted = set(pools)
        # Few addresses are held twice.
        several = {address: self._holders(address) for address, held in self._by_address.items() if len(held) > 2}
        among = {address: tuple(pool for pool in holders if pool in wanted) for address, holders in several.items()}
        return {address: holders for address, holders in among.items() if len(holders) > 1}


def logged_address(server: Server) -> str:
    """As nginx logs it: a socket keeps its `unix:`."""
    return f"unix:{server.address}" if server.address.startswith("/") else server.address


def _is_name(server: Server) -> bool:
    host = server.address.rpartition(":")[0]
    return not server.address.startswith(("/", "[")) and any(letter.isalpha() for letter in host)


def names_to_resolve(topology: Topology) -> tuple[str, ...]:
    """The addresses of servers that are names."""
    return tuple(dict.fromkeys(server.address for pool in topology.pools for server in pool.servers if _is_name(server)))


def _names(pool: Pool) -> list[str]:
    """What stands for this pool in $proxy_host: a declared one's name, a target's host, with its port unless it is the scheme's own."""
    if not pool.implicit:
        return [pool.name.lower()]
    scheme, sign, rest = pool.name.partition("://")
    authority = (rest if sign else scheme).partition("/")[0].lower()
    own = {"http": ":80", "https": ":443", "grpc": ":80", "grpcs": ":443"}.get(scheme.lower() if sign else "", "")
    return [authority.removesuffix(own)] if own else [authority]
