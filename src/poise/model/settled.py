"""A topology that is held for days lets go of what it was read from: trees of a file take several times what they say. Pure."""

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

from poise.model.once import Once
from poise.model.topology import Topology


@runtime_checkable
class Settling(Protocol):
    """Options or places that are worked out when somebody asks, out of what they keep until then."""

    def settle(self, once: Once) -> None:
        """Work them out, and keep them in little room."""


def settle(topology: Topology) -> None:
    """Work out what is left to do and let go of the rest. What the topology says stays the same."""
    once = Once()
    for mapping in _mappings(topology):
        if isinstance(mapping, Settling):
            mapping.settle(once)


def _mappings(topology: Topology) -> Iterator[Mapping[str, object]]:
    yield from (topology.options, topology.places)
    for listener in topology.listeners:
        yield from (listener.options, listener.places)
        for bind in listener.binds:
            yield from (bind.options, bind.places)
        for route in listener.routes:
            yield from (route.options, route.places)
    for pool in topology.pools:
        yield from (pool.options, pool.places)
        for server in pool.servers:
            yield from (server.options, server.places)
