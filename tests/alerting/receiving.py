"""Real receivers for tests: an HTTP server and a mail server on loopback, in threads of their own."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from poise.lab.ports import BLOCK, take_ports


@dataclass
class Hook:
    """What an HTTP receiver got. `status` is what it answers; `before` is called before it does."""

    port: int
    status: int = 200
    answer: bytes = b""
    before: Callable[[], None] | None = None
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [document["id"] for document in self.got]


@cache
def _ports() -> Iterator[int]:
    block = take_ports(40)  # held until this process ends
    return itertools.cycle(range(block.first, block.first + BLOCK))


def free_port() -> int:
    """One that nothing listens on, and that is not given again soon."""
    return next(_ports())


@contextmanager
def hook(port: int | None = None, status: int = 200) -> Iterator[Hook]:
    found = Hook(port or free_port(), status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.before is not None:
                found.before()
            if found.status < 300:
                found.got.append(json.loads(body))
                found.headers.append(dict(self.headers))
                found.paths.append(self.path)
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(found.answer)))
            if 300 <= found.status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", found.port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait for a condition, not for seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, f"never: {what}"
        await asyncio.sleep(0.02)
