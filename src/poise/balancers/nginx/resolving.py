"""What the names of servers resolve to here. nginx asks once, when it takes its file, and logs addresses only."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from poise.balancers.nginx.attribution import names_to_resolve
from poise.model.topology import Topology

AGAIN_SECONDS = 60.0
FIRST_SECONDS = 0.5


class Resolving:
    """Asks in the background; what was found once is kept, as nginx keeps it."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, ...]] = {}
        self._told: Mapping[str, tuple[str, ...]] = {}
        self._topology: Topology | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = 0.0

    async def look(self, topology: Topology) -> Mapping[str, tuple[str, ...]]:
        """The addresses by server's address as written; the same mapping as long as nothing new was found."""
        loop = asyncio.get_running_loop()
        due = self._topology is not topology or loop.time() - self._asked > AGAIN_SECONDS
        if due and (self._task is None or self._task.done()):
            first, names = not self._found, names_to_resolve(topology)
            self._topology, self._asked = topology, loop.time()
            if not names:
                return self._told
            self._task = asyncio.ensure_future(self._ask(names))
            if first:
                await asyncio.wait([self._task], timeout=FIRST_SECONDS)
        if self._told != self._found:
            self._told = dict(self._found)
        return self._told

    async def _ask(self, names: tuple[str, ...]) -> None:
        for name in names:
            host, _, port = name.rpartition(":")
            if not host or not port.isdigit():
                continue
            with suppress(OSError, UnicodeError):
                answers = await asyncio.get_running_loop().getaddrinfo(host, int(port), type=1)
                new = (f"[{where[0]}]:{port}" if ":" in str(where[0]) else f"{where[0]}:{port}" for *_, where in answers)
                # An older answer is what nginx may still hold.
                self._found[name] = tuple(dict.fromkeys((*new, *self._found.get(name, ()))))[:64]

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
