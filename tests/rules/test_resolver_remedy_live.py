"""The remedy of name-resolved-once, written into a real nginx: the server is asked for the same URI as before."""

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rule_examples import NGINXES, read

from poise.lab.binaries import Nginx
from poise.lab.ports import take_ports
from poise.model.needs import Needs
from poise.rules.engine import check

pytestmark = [pytest.mark.live, pytest.mark.binary]

CASES = {
    "/api/": ("/", ("/api/users?q=1", "/api/a%20b", "/api/")),
    "/v.2/": ("/v1/", ("/v.2/users", "/v.2/")),
    "/app": ("/v1", ("/app/users", "/app")),
    "= /status": ("/health", ("/status?full",)),
    "^~ /files/": ("/", ("/files/a/b",)),
    "/": ("/", ("/users",)),
}
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Asked(BaseHTTPRequestHandler):
    """Answers with the URI that it was asked for."""

    def do_GET(self) -> None:
        answer = self.requestline.split()[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def backend(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def running(nginx: Nginx, port: int, locations: str, folder: Path) -> Iterator[None]:
    folder.mkdir()
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port}; {locations} }} }}\n"
    )
    with subprocess.Popen([nginx.path, "-p", folder, "-c", file], stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                try:
                    answer(port, "/none")
                    break
                except OSError:
                    time.sleep(0.02)
            yield
        finally:
            process.terminate()


def answer(port: int, uri: str) -> str:
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", uri)
        return connection.getresponse().read().decode()


def remedied(place: str, uri: str, port: int, folder: Path) -> str:
    """The location as the finding says that it should be written."""
    file = folder / "site.conf"
    file.write_text(f"server {{\nlisten 80;\nlocation {place} {{\nproxy_pass http://app.internal:{port}{uri};\n}}\n}}\n")
    (found,) = [each for each in check(read("nginx", file)[0], Needs()) if each.rule == "name-resolved-once"]
    (written,) = re.findall(r"`(set \$app [^`]*)`", found.remedy)
    # No DNS here: nginx needs none for an address.
    return f"location {place} {{ {written.replace('app.internal', '127.0.0.1')} }}"


@pytest.mark.parametrize("nginx", NGINXES, ids=lambda each: each.version)
def test_the_server_is_asked_for_the_same(nginx: Nginx, tmp_path: Path) -> None:
    block = take_ports()
    front, behind = block.first, block.first + 1
    before = " ".join(f"location {place} {{ proxy_pass http://127.0.0.1:{behind}{uri}; }}" for place, (uri, _) in CASES.items())
    after = " ".join(remedied(place, uri, behind, tmp_path) for place, (uri, _) in CASES.items())
    asked = []
    try:
        with backend(behind):
            for name, locations in (("before", before), ("after", after)):
                with running(nginx, front, locations, tmp_path / name):
                    asked.append([answer(front, uri) for _, uris in CASES.values() for uri in uris])
    finally:
        block.release()
    assert asked[0] == asked[1]
    assert asked[0][:2] == ["/users?q=1", "/a%20b"]
