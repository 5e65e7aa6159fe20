"""Servers that take their time and clients that wait for them, for many pools at once, in one event loop.

The path of a request begins with the pool's name, from which a server knows how long it works on it.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.conformance.pipelined import ANSWER, server_of
from tests.conformance.pool import Demand

# Requests a second of all pools together: a third of what the loop can do, so that its own queue takes a millisecond and not ten.
MOST_PER_SECOND = 1300.0
ASKED = re.compile(rb"GET /([^/]+)/")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Station:
    """One server's work for one pool: each request takes its time, `slots` at once, the others wait in order."""

    def __init__(self, mean_ms: float, demand: Demand, chance: Random) -> None:
        self.mean, self.demand, self.chance = mean_ms / 1000, demand, chance
        self.working = 0
        self.waiting: deque[Callable[[], None]] = deque()
        self.loop = asyncio.get_running_loop()

    def ask(self, done: Callable[[], None]) -> None:
        """Call `done` when the request is served."""
        if self.demand.slots and self.working >= self.demand.slots:
            self.waiting.append(done)
            return
        self.working += 1
        seconds = self.mean if self.demand.distribution == "constant" else self.chance.expovariate(1 / self.mean)
        self.loop.call_later(seconds, self._end, done)

    def _end(self, done: Callable[[], None]) -> None:
        self.working -= 1
        done()
        if self.waiting:
            self.ask(self.waiting.popleft())


class _Upstream(asyncio.Protocol):
    """A connection to one server, which serves all pools."""

    def __init__(self, number: int, stations: Mapping[tuple[str, int], Station]) -> None:
        self.answer = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-server: {number}\r\n\r\n".encode()
        self.number, self.stations, self.data = number, stations, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self.data.endswith(b"\r\n\r\n"):
            said = ASKED.match(self.data)
            assert said, self.data
            self.data = b""
            self.stations[said.group(1).decode(), self.number].ask(self._done)

    def _done(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.answer)  # type: ignore[attr-defined]


@dataclass(slots=True)
class Pool:
    """A pool while it is asked: what is left to send, and who has answered."""

    name: str
    path: Path
    demand: Demand
    left: int
    counts: Counter[int | None] = field(default_factory=Counter)
    sent: int = 0
    seconds: float = 0.0

    def request(self) -> bytes | None:
        """The next request, None when all are sent. Each has a target of its own."""
        if self.sent >= self.left:
            return None
        self.sent += 1
        return f"GET /{self.name}/{self.sent * 2654435761 & 0xFFFFFFFF:x} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class _Client(asyncio.Protocol):
    """Waits for an answer before the next request."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.data = pool, b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, ended, body = self.data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not ended or len(body) < (int(length.group(1)) if length else 0):
            return
        ((status, rest),) = ANSWER.findall(head + ended)
        self.data = b""
        self.pool.counts[server_of(status, rest + ended)] += 1
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _next(self) -> None:
        request = self.pool.request()
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(at: Sequence[str], pools: Sequence[Pool], seed: int) -> AsyncIterator[None]:
    """The servers of all these pools."""
    stations = {
        (pool.name, number): Station(ms, pool.demand, Random(f"{seed} {pool.name} {number}"))
        for pool in pools
        for number, ms in pool.demand.service_ms.items()
    }
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        for number, address in enumerate(at):
            host, port = address.split(":")
            server = await loop.create_server(lambda number=number: _Upstream(number, stations), host, int(port))  # type: ignore[misc]
            await stack.enter_async_context(server)
        yield


async def ask(pool: Pool) -> None:
    """Send the pool its requests, from clients that begin at moments of their own.

    Began they all at once, and took all requests equally long, they would come in bouts for ever: a state that clients who do not know each
    other are never in.
    """
    loop = asyncio.get_running_loop()
    begun, chance = loop.time(), Random(pool.name)
    longest = max(pool.demand.service_ms.values()) / 1000

    async def client() -> None:
        await asyncio.sleep(chance.uniform(0, longest))
        _, one = await loop.create_unix_connection(lambda: _Client(pool), str(pool.path))
        await one.ended

    await asyncio.gather(*(client() for _ in range(pool.demand.clients)))
    pool.seconds = loop.time() - begun


async def ask_all(pools: Sequence[Pool], most_per_second: float = MOST_PER_SECOND) -> None:
    """All of them, the longest first, as many side by side as the machine bears."""
    waiting = sorted(pools, key=lambda pool: pool.left / pool.demand.per_second, reverse=True)
    going: list[Pool] = []
    ended = asyncio.Event()

    def fitting() -> Pool | None:
        """The next that may begin; one that is too much beside others goes alone."""
        room = most_per_second - sum(pool.demand.per_second for pool in going)
        return next((pool for pool in waiting if pool.demand.per_second <= room), None if going else waiting[0])

    async def one(pool: Pool) -> None:
        await ask(pool)
        going.remove(pool)
        ended.set()

    async with asyncio.TaskGroup() as group:
        while waiting:
            pool = fitting()
            if pool is None:
                ended.clear()
                await ended.wait()
                continue
            waiting.remove(pool)
            going.append(pool)
            group.create_task(one(pool))
