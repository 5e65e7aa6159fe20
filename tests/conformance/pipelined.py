"""A client that is much faster than asking one by one: requests go down one connection together, and are answered one after the other.

The pool is idle at each of them, as far as the load balancer sees: it takes up a request when the one before is answered.
"""

import re
import socket
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

BEGINS_SECONDS = 30
AT_ONCE = 60  # requests that fit into HAProxy's buffer of 16 KB
ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})(.*?)\r\n\r\n", re.DOTALL)
SERVER = re.compile(rb"\r\nx-server: (\d+)", re.IGNORECASE)


def server_of(status: bytes, head: bytes) -> int | None:
    """The number of the upstream that answered, None where none did."""
    said = SERVER.search(head) if status == b"200" else None
    return None if said is None else int(said.group(1))


def ask(path: Path, requests: Iterable[bytes]) -> list[int | None]:
    """Which server answered each request, in order; None for those that none did."""
    answers: list[int | None] = []
    with connected(path) as connection:
        left = iter(requests)
        while some := list(islice(left, AT_ONCE)):
            connection.sendall(b"".join(some))
            answers += _read(connection, len(some))
    return answers


def ask_in_turn(path: Path, requests: Sequence[bytes], connections: int) -> list[int | None]:
    """The same over several connections, each with its part of the requests: those of a program with several workers reach all of them."""
    answers: list[int | None] = []
    for first in range(connections):
        answers += ask(path, requests[first::connections])
    return answers


def connected(path: Path) -> socket.socket:
    """A connection to the listener there; Envoy makes a socket's file before it listens, and one listener after the other."""
    end = time.monotonic() + BEGINS_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        try:
            connection.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return connection


def _read(connection: socket.socket, count: int) -> list[int | None]:
    data = b""
    while True:
        more = connection.recv(1 << 18)
        assert more, data[-500:]
        data += more
        if data.count(b"HTTP/1.") >= count:
            found = ANSWER.findall(data)
            if len(found) == count:
                return [server_of(status, head) for status, head in found]
