"""A real nginx that tells which server its hashes choose, thousands of keys a second: requests go pipelined over one connection."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poise.lab.binaries import Nginx
from poise.lab.ports import take_ports

AT_ONCE = 100
HOSTS = 5
PORTS = 12
# A port of the block where nobody listens: a server there fails at its first request.
CLOSED = 50
CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
access_log off;
{temporary}
keepalive_requests 100000000;
keepalive_timeout 600s;
underscores_in_headers on;
large_client_header_buffers 8 64k;
variables_hash_max_size 4096;
proxy_next_upstream off;
set_real_ip_from unix:;
real_ip_header X-Real-IP;
{blocks}
server {{
{listeners}
return 204;
}}
server {{
listen unix:{folder}/clients.sock;
error_page 502 504 =204 @gone;
location @gone {{ add_header X-Chosen $upstream_addr always; return 204; }}
{locations}
}}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Servers:
    """What upstream blocks may name: addresses that answer, and ports that do not."""

    folder: Path
    ports: Sequence[int]
    closed: Sequence[int]

    @property
    def listeners(self) -> Sequence[str]:
        """Every address that answers."""
        return [*(f"127.0.0.{host}:{port}" for port in self.ports for host in range(1, HOSTS + 1)), *self.sockets]

    @property
    def sockets(self) -> Sequence[str]:
        """Those that are Unix sockets."""
        return [f"unix:{self.folder}/s{number}.sock" for number in range(PORTS)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A running nginx, and the connection to it."""

    connection: socket.socket

    def chosen(self, path: str, header: str, values: Sequence[bytes]) -> list[str]:
        """What `path` answers with each value in the header: the address of the server, or a variable's value."""
        answers: list[str] = []
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            self.connection.sendall(
                b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n%b: %b\r\n\r\n" % (path.encode(), header.encode(), v) for v in some)
            )
            answers += self._read(len(some))
        return answers

    def _read(self, count: int) -> Iterator[str]:
        data = b""
        while data.count(b"\r\n\r\n") < count:
            more = self.connection.recv(1 << 20)
            assert more, data[-500:]
            data += more
        for head in data.split(b"\r\n\r\n")[:count]:
            lines = head.split(b"\r\n")
            assert lines[0].split()[1] == b"204", head
            yield next((line[10:].decode() for line in lines if line.startswith(b"X-Chosen: ")), "")


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Addresses for one nginx, its own until the end."""
    block = take_ports(start=331)
    try:
        yield Servers(folder, range(block.first, block.first + PORTS), range(block.first + CLOSED, block.first + CLOSED + 5))
    finally:
        block.release()


@contextmanager
def asked(nginx: Nginx, there: Servers, blocks: str, locations: Mapping[str, str]) -> Iterator[Asked]:
    """nginx with these upstream and split_clients blocks, and what stands in the location of each path."""
    folder = there.folder
    text = CONFIGURATION.format(
        folder=folder,
        temporary="".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in TEMPORARY),
        blocks=blocks,
        listeners="\n".join(f"listen {address};" for address in there.listeners),
        locations="\n".join(f"location = {path} {{ {words} }}" for path, words in locations.items()),
    )
    file = folder / "nginx.conf"
    file.write_text(text)
    folder.chmod(0o755)
    process = subprocess.Popen([nginx.path, "-p", f"{folder}/", "-e", f"{folder}/error.log", "-c", file], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not (folder / "nginx.pid").exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "error.log").read_text()
            time.sleep(0.02)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(os.fspath(folder / "clients.sock"))
            yield Asked(connection)
    finally:
        process.terminate()
        process.wait(20)
