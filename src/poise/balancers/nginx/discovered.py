"""Servers that get traffic and that no file names: those of names and variables, and those of an older file. Pure."""

from sys import intern

from poise.balancers.nginx.tally import Tally
from poise.model.sample import Component
from poise.model.topology import Topology

# A server that was taken out and gets nothing any more is forgotten.
FORGOTTEN_SECONDS = 300.0


class Discovered:
    """Follows them from look to look, by their names."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, str, str]] = {}
        self._topology: Topology | None = None
        self._own: frozenset[str] = frozenset()

    def look(self, clock: float, tally: Tally, topology: Topology) -> None:
        """Take in what this look's lines say."""
        for pool, address in tally.strangers:
            if pool is not None and (name := f"{pool}/{address}") in tally.servers:
                self._seen[name] = (clock, pool, address)
        if not self._seen:
            return
        # Most files name all their servers: the others need no set of them.
        if topology is not self._topology:
            self._topology = topology
            self._own = frozenset(intern(f"{pool.name}/{server.name}") for pool in topology.pools for server in pool.servers)
        self._seen = {n: each for n, each in self._seen.items() if clock - each[0] < FORGOTTEN_SECONDS and n not in self._own}

    def of(self, pools: tuple[str, ...]) -> tuple[tuple[str, Component], ...]:
        """Those of these pools, each with its pool."""
        return tuple((pool, Component(name, "server", address)) for name, (_, pool, address) in self._seen.items() if pool in pools)
