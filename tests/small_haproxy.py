"""A real HAProxy before two servers that answer at once, for tests that need no more of a stack."""

import http.client
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from poise.lab.binaries import find_haproxy
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

BOUND_SECONDS = 60.0
CONFIG = """global
    stats socket {folder}/admin.sock mode 600 level {level}
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:{port}
    balance roundrobin
    server app1 127.0.0.1:{first} weight 3
    server app2 127.0.0.1:{second} weight 1
"""


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class SmallHaproxy:
    """`config` is its file, `port` where it answers, `spare` a port that nobody has."""

    config: Path
    port: int
    spare: int

    def ask(self) -> None:
        """One request through it."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        link.request("GET", "/")
        link.getresponse().read()
        link.close()


@contextmanager
def small_haproxy(folder: Path, level: str = "user") -> Iterator[SmallHaproxy]:
    """Runs while the block does; `level` is what its socket lets do."""
    haproxy = find_haproxy()
    assert not isinstance(haproxy, CouldNot), haproxy
    ports = take_ports(413)
    first, second = ports.first + 2, ports.first + 3
    servers = [ThreadingHTTPServer(("127.0.0.1", port), _Answer) for port in (first, second)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    path = folder / "haproxy.cfg"
    path.write_text(CONFIG.format(folder=folder, level=level, port=ports.first, first=first, second=second))
    process = subprocess.Popen([str(haproxy.path), "-db", "-f", str(path)], env={**os.environ, **haproxy.environment})
    try:
        until((folder / "admin.sock").exists)
        yield SmallHaproxy(path, ports.first, ports.first + 1)
    finally:
        process.terminate()
        process.wait(20)
        for server in servers:
            server.shutdown()
            server.server_close()
        ports.release()


def until(true: Callable[[], bool], bound_seconds: float = BOUND_SECONDS) -> None:
    """Waits for it, and not for ever."""
    end = time.monotonic() + bound_seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
