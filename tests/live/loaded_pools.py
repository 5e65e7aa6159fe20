"""Pools under load in front of servers that take their time: each has servers, a listener and clients of its own, and all run at once."""

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from poise.lab.ports import take_ports
from poise.model.load import Load

# A service time of 100 ms and more, beside which the 5 to 15 ms that this process and the load balancer need do not count.
FAST_MS, SLOW_MS = 120.0, 480.0
SERVERS = 3
# Of load on each pool: 12 suffice for a few hundred requests. More show more: POISE_LOAD_SECONDS=120 for a point or so.
SECONDS = float(os.environ.get("POISE_LOAD_SECONDS", "12"))


@dataclass(frozen=True)
class Loaded:
    """A pool: its text with {a}, {b} and {c} for the addresses, and its load. The first server is slow where `slow`."""

    text: str
    clients: int | None = None
    rate: float | None = None
    slow: bool = False

    def load(self, names: Sequence[str], workers: int | None, seen: "Measured", beside_ms: float) -> Load:
        """As the simulation is told it: the rate that chance gave, and with each service time what the way to the server takes."""
        slow = {names[0]: SLOW_MS + beside_ms} if self.slow else {}
        rate = seen.codes.total() / SECONDS if self.rate else None
        return Load(FAST_MS + beside_ms, rate, self.clients, "exponential", None, slow, workers=workers)


@dataclass
class Measured:
    """Requests by server and answers by status; seconds that clients waited for a server's answer, and that servers meant to take."""

    counts: list[int] = field(default_factory=lambda: [0] * SERVERS)
    codes: Counter[int] = field(default_factory=Counter)
    waited: float = 0.0
    meant: float = 0.0

    @property
    def beside_ms(self) -> float:
        """What a request took beside its service time, in a queue or on the way."""
        return 1000 * (self.waited - self.meant) / max(1, self.codes[200])

    @property
    def failed(self) -> float:
        """The part of the requests that no server answered."""
        return 1 - self.codes[200] / max(1, self.codes.total())

    @property
    def shares(self) -> list[float]:
        """Of the requests that reached a server."""
        return [count / max(1, sum(self.counts)) for count in self.counts]


class _Servers:
    """Count and answer after exponential times, each server from a seed of its own."""

    def __init__(self, measured: Measured, means: Sequence[float], seed: int) -> None:
        self.measured, self.means = measured, means
        self.chance = [Random(seed * 10 + at) for at in range(len(means))]
        self.listening: list[asyncio.Server] = []

    async def start(self, ports: Sequence[int]) -> None:
        for at, port in enumerate(ports):
            self.listening.append(await asyncio.start_server(lambda r, w, at=at: self._serve(at, r, w), "127.0.0.1", port))

    async def _serve(self, at: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await reader.readuntil(b"\r\n\r\n"):
                self.measured.counts[at] += 1
                seconds = self.chance[at].expovariate(1 / self.means[at])
                self.measured.meant += seconds
                await asyncio.sleep(seconds)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


async def _one(port: int, measured: Measured) -> None:
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    code = int(answer.split(b" ", 2)[1])
    measured.codes[code] += 1
    measured.waited += time.monotonic() - begun if code == 200 else 0.0


async def _send(case: Loaded, port: int, measured: Measured, seed: int) -> None:
    """Clients that wait for their answers, or requests that come by chance whatever becomes of them."""
    chance, end = Random(seed), time.monotonic() + SECONDS

    async def client() -> None:
        while time.monotonic() < end:
            await _one(port, measured)

    if case.clients:
        await asyncio.gather(*(client() for _ in range(case.clients)))
        return
    assert case.rate
    sent, due = [], time.monotonic()
    while due < end:
        due += chance.expovariate(case.rate)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        sent.append(asyncio.create_task(_one(port, measured)))
    await asyncio.gather(*sent)


@dataclass(frozen=True)
class Placed:
    """The ports of a case: its listener's, and its servers' by letter."""

    port: int
    servers: Sequence[int]

    def filled(self, text: str) -> str:
        """The text with the addresses."""
        for letter, port in zip("abc", self.servers, strict=True):
            text = text.replace(f"{{{letter}}}", f"127.0.0.1:{port}").replace(f"{{{letter}:port}}", str(port))
        return text


@asynccontextmanager
async def placed(cases: Mapping[str, Loaded], start: int) -> AsyncIterator[Mapping[str, Placed]]:
    """Ports for every case."""
    block = take_ports(start=start)
    wide = SERVERS + 1
    try:
        yield {
            name: Placed(block.first + at * wide, range(block.first + at * wide + 1, block.first + at * wide + wide))
            for at, name in enumerate(cases)
        }
    finally:
        block.release()


async def measure(
    command: Sequence[str | Path], environment: Mapping[str, str], cases: Mapping[str, Loaded], places: Mapping[str, Placed]
) -> Mapping[str, Measured]:
    """Start that load balancer and every pool's load at once."""
    found = {name: Measured() for name in cases}
    servers = []
    for seed, (name, case) in enumerate(cases.items()):
        means = [(SLOW_MS if case.slow and not at else FAST_MS) / 1000 for at in range(SERVERS)]
        servers.append(_Servers(found[name], means, seed))
        await servers[-1].start(places[name].servers)
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    try:
        for place in places.values():
            async with asyncio.timeout(20):
                await _listening(place.port, process)
        await asyncio.gather(*(_send(case, places[name].port, found[name], 100 + seed) for seed, (name, case) in enumerate(cases.items())))
    finally:
        process.terminate()
        process.wait(10)
        for each in servers:
            for server in each.listening:
                server.close()
    return found


async def _listening(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        assert process.poll() is None
        with suppress(ConnectionRefusedError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
