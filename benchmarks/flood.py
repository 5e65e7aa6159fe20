"""Requests as fast as they can be sent: pipelined, over raw sockets, whatever is answered. A connection that is closed is opened again."""

import select
import socket
import time
from dataclasses import dataclass, field
from errno import EAGAIN, EINPROGRESS

STATUSES = {status: f"HTTP/1.1 {status}".encode() for status in (200, 400, 401, 429, 500, 503)}


@dataclass
class Flood:
    """What was sent, and what came back. `sent` are whole requests that the system took, `answers` by status."""

    seconds: float = 0.0
    sent: float = 0.0
    opened: int = 0
    answers: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.sent / self.seconds


class _Sockets:
    """Many connections to one port; by number each socket with what is left to send of its batch."""

    def __init__(self, port: int, block: bytes, told: Flood) -> None:
        self.port, self.block, self.told = port, block, told
        self.open: dict[int, tuple[socket.socket, memoryview]] = {}
        self._poll = select.epoll()

    def dial(self) -> None:
        made = socket.socket()
        made.setblocking(False)
        if made.connect_ex(("127.0.0.1", self.port)) not in (0, EINPROGRESS, EAGAIN):
            made.close()
            return
        self.told.opened += 1
        self.open[made.fileno()] = made, memoryview(b"")
        self._poll.register(made, select.EPOLLIN | select.EPOLLRDHUP)

    def drop(self, number: int) -> None:
        gone, _ = self.open.pop(number)
        self._poll.unregister(gone)
        gone.close()

    def send(self, number: int) -> tuple[int, bool]:
        """Bytes that were taken, and whether the batch is through."""
        to, left = self.open[number]
        left = left or memoryview(self.block)
        try:
            count = to.send(left)
        except BlockingIOError:
            return 0, False
        except OSError:
            self.drop(number)
            return 0, False
        self.open[number] = to, left[count:]
        return count, count == len(left)

    def hear(self) -> None:
        """What is answered by now."""
        for number, _ in self._poll.poll(0.002):
            try:
                data = self.open[number][0].recv(1 << 18)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            for status, line in STATUSES.items():
                if found := data.count(line):
                    self.told.answers[status] = self.told.answers.get(status, 0) + found
            if not data:
                self.drop(number)


def flood(port: int, request: bytes, seconds: float, rate: float, connections: int = 200, batch: int = 20, hasty: bool = False) -> Flood:
    """At most so many requests a second in batches on so many connections; `hasty` closes each after its batch and waits for nothing."""
    told = Flood()
    sockets, began = _Sockets(port, request * batch, told), time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        for _ in range(connections - len(sockets.open)):
            sockets.dial()
        for number in list(sockets.open):
            if told.sent >= rate * (now - began):
                break
            count, through = sockets.send(number)
            told.sent += count / len(request)
            if hasty and through:
                sockets.drop(number)
        sockets.hear()
    for number in list(sockets.open):
        sockets.drop(number)
    told.seconds = time.monotonic() - began
    return told
