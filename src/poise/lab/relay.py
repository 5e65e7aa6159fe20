"""The network paths of a lab in user space: every byte between load balancer, servers and database passes here, so it can be late or lost.

    python -m poise.lab.relay '[{"group": "lb-servers", "listen": ["127.0.0.1", 21021], "target": ["127.0.0.1", 21001]}, …]'

What a user-space relay can and cannot do: the kernel accepts a connection before we see it, so a delay shows in the first byte and not in
the connect time. Loss is real for new connections: the accept queue is made one long and kept full, the kernel then drops SYNs and the
other side's kernel retransmits them. On established connections a lost segment is played as the stall that its retransmission costs.
"""

import asyncio
import json
import random
import socket
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from poise.lab.serve_control import serve_control

# Linux' smallest retransmission timeout is 200 ms (TCP_RTO_MIN); a second loss in a row doubles it.
_STALL_SECONDS = (0.2, 0.45)
_CLOSED_SECONDS, _OPEN_SECONDS = (0.4, 0.7), (0.5, 0.9)


class PathSettings(TypedDict):
    """What the lab tells the relay of one path."""

    group: str
    listen: Sequence[str | int]
    target: Sequence[str | int]


@dataclass(slots=True)
class Weather:
    """What a group of paths suffers: extra round-trip time, share of segments lost."""

    delay_seconds: float = 0.0
    loss_ratio: float = 0.0


class Pipe(asyncio.Protocol):
    """One direction of one relayed connection: what arrives here leaves at `other` when it is due."""

    def __init__(self, weather: Weather, draw: random.Random, delayed: bool) -> None:
        self._weather, self._draw, self._delayed = weather, draw, delayed
        self.other: Pipe | None = None
        self.transport: asyncio.Transport | None = None
        self._queue: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's callback."""
        self.transport = transport  # type: ignore[assignment]
        if self.other is not None:
            self.other.flush()

    def data_received(self, data: bytes) -> None:
        """asyncio's callback."""
        now = asyncio.get_running_loop().time()
        due = now + (self._weather.delay_seconds if self._delayed else 0.0)
        if self._weather.loss_ratio and self._draw.random() < self._weather.loss_ratio:
            due += self._draw.uniform(*_STALL_SECONDS)
        self._queue.append((max(due, self._queue[-1][0]) if self._queue else due, data))
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's callback. The other end learns it after what is still under way."""
        self._queue.append((self._queue[-1][0] if self._queue else 0.0, b""))
        self.flush()

    def flush(self) -> None:
        """Passes on what is due."""
        target = self.other.transport if self.other is not None else None
        if target is None:
            return
        now = asyncio.get_running_loop().time()
        while self._queue and self._queue[0][0] <= now:
            _, data = self._queue.popleft()
            if data:
                target.write(data)
            else:
                target.close()
        if self._queue and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._queue[0][0], self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.flush()


class Path:
    """One listening path."""

    def __init__(self, listen: tuple[str, int], target: tuple[str, int], weather: Weather, draw: random.Random) -> None:
        self._listen, self._target, self._weather, self._draw = listen, target, weather, draw
        self._listener = _listener(listen)
        self._pipes: list[Pipe] = []
        self._filler: socket.socket | None = None
        self._gate: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.open()

    def open(self) -> None:
        """Accepts connections as they come."""
        # listen() again on a listening socket only changes the length of its accept queue (listen(2), Linux).
        self._listener.listen(512)
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Stops accepting and keeps the queue full: SYNs are dropped by the kernel until `open`."""
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.listen(0)
        if self._filler is None:
            self._filler = socket.socket()
            self._filler.setblocking(False)
            self._filler.connect_ex(self._listener.getsockname())

    def leave(self) -> None:
        """Nobody is at this address any more: connections end, new ones are refused."""
        if self._gate is not None:
            self._gate.cancel()
            self._gate = None
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        for pipe in self._pipes:
            if pipe.transport is not None:
                pipe.transport.abort()
        self._pipes.clear()

    def come_back(self) -> None:
        """Listens again after `leave`."""
        self._listener = _listener(self._listen)
        self.open()

    def move(self, host: str) -> None:
        """Listens at that address instead of the present one."""
        self.leave()
        self._listen = (host, self._listen[1])
        self.come_back()

    def gate(self, on: bool) -> None:
        """While on, the path opens and closes at random, so that some new connections have to send their SYN again."""
        if self._gate is not None:
            self._gate.cancel()
            self._gate = None
            self.open()
        if on:
            self._gate = asyncio.get_running_loop().create_task(self._open_and_close())

    async def _open_and_close(self) -> None:
        while True:
            self.close()
            await asyncio.sleep(self._draw.uniform(*_CLOSED_SECONDS))
            self.open()
            await asyncio.sleep(self._draw.uniform(*_OPEN_SECONDS))

    def _accept(self) -> None:
        try:
            client, peer = self._listener.accept()
        except OSError:
            return
        if self._filler is not None and peer == self._filler.getsockname():
            client.close()
            self._filler.close()
            self._filler = None
            return
        client.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._relay(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        inward = Pipe(self._weather, self._draw, delayed=True)
        outward = Pipe(self._weather, self._draw, delayed=False)
        inward.other, outward.other = outward, inward
        self._pipes = [pipe for pipe in self._pipes if pipe.transport is not None and not pipe.transport.is_closing()] + [inward, outward]
        try:
            await loop.connect_accepted_socket(lambda: inward, client)
            await loop.create_connection(lambda: outward, *self._target)
        except OSError:
            # The target refuses: so do we, with a reset rather than an orderly end.
            if inward.transport is not None:
                inward.transport.abort()
            client.close()


def _listener(address: tuple[str, int]) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    listener.bind(address)
    return listener


def _address(pair: Sequence[str | int]) -> tuple[str, int]:
    host, port = pair
    return str(host), int(port)


class Relay:
    """All paths, by group."""

    def __init__(self, paths: Sequence[PathSettings], seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._weather: dict[str, Weather] = {}
        self._paths: dict[str, list[Path]] = {}
        self._by_port: dict[int, Path] = {}
        for path in paths:
            group = path["group"]
            weather = self._weather.setdefault(group, Weather())
            listen = _address(path["listen"])
            self._by_port[listen[1]] = Path(listen, _address(path["target"]), weather, draw)
            self._paths.setdefault(group, []).append(self._by_port[listen[1]])

    def leave(self, port: int) -> Mapping[str, object]:
        """The control command: from now on nobody listens at the path of that port."""
        self._by_port[port].leave()
        return {}

    def come_back(self, port: int) -> Mapping[str, object]:
        """The control command: undoes `leave`."""
        self._by_port[port].come_back()
        return {}

    def move(self, port: int, host: str) -> Mapping[str, object]:
        """The control command: the path of that port is at another address from now on; nobody listens at the old one."""
        self._by_port[port].move(host)
        return {}

    def weather(self, group: str, delay_ms: float = 0.0, loss_ratio: float = 0.0) -> Mapping[str, object]:
        """The control command: from now on that group of paths is so."""
        self._weather[group].delay_seconds, self._weather[group].loss_ratio = delay_ms / 1000.0, loss_ratio
        for path in self._paths[group]:
            path.gate(bool(loss_ratio))
        return {}


async def run(paths: Sequence[PathSettings]) -> None:
    """Relays until the lab hangs up."""
    relay = Relay(paths, seed=1)
    await serve_control({"weather": relay.weather, "leave": relay.leave, "come_back": relay.come_back, "move": relay.move})


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
