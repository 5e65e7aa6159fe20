"""One HTTP request to an address that a configuration names, over by an instant whatever answers there."""

import http.client
import io
import re
import socket
import time

MOST_BYTES = 16 * 1024 * 1024
# What ends the path or the line of a request: whoever writes the configuration must not write the rest of what is sent (RFC 9112, 3).
NO_PATH = re.compile(r"[^\x21-\x7e]")


class _Received:
    """An answer that has arrived whole, as `HTTPResponse` wants to read it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        """The answer from its beginning."""
        return io.BytesIO(self.data)


def get(address: str, path: str, until: float) -> bytes:
    """The body of an answer with status 200 at host:port or at a socket's path. `until` is an instant of `time.monotonic`.

    Raises OSError, HTTPException or ValueError where there is no good answer by then. Looking up a name takes as long as it takes.
    """
    if NO_PATH.search(path):
        raise ValueError("its path holds what no request can")
    with _connected(address, until) as connection:
        lines = (f"GET {path} HTTP/1.1", "Host: localhost", "User-Agent: poise", "Accept-Encoding: identity", "Connection: close")
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
        data = bytearray()
        # A timeout of the socket alone would let one byte every second last for ever.
        while chunk := _some(connection, until):
            data += chunk
            if len(data) > MOST_BYTES:
                raise ValueError("its answer has no end")
    answer = http.client.HTTPResponse(_Received(bytes(data)))  # type: ignore[arg-type] # of a socket it asks for its file only
    answer.begin()
    if answer.status != 200:
        raise ValueError(f"it answered with status {answer.status}")
    return answer.read()


def _connected(address: str, until: float) -> socket.socket:
    if not address.startswith("/"):
        return _reached(address, until)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(_left(until))
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


def _reached(address: str, until: float) -> socket.socket:
    """Connected to the first address of the name that takes it. Not each of them has the whole time: a name may have a hundred."""
    host, _, port = address.rpartition(":")
    problem = OSError("its name has no address")
    for *_, place in socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM):
        try:
            return socket.create_connection((str(place[0]), int(port)), timeout=_left(until))
        except OSError as error:
            problem = error
    raise problem


def _left(until: float) -> float:
    return max(0.001, until - time.monotonic())


def _some(connection: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("its answer has no end")
    connection.settimeout(left)
    return connection.recv(1 << 16)
