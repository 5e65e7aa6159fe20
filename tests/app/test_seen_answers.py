"""What `poise needs --live` says where another program answers at the address of the load balancer."""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from poise.app.local_get import get
from poise.app.seen import seen
from poise.reading.read import Sources, read


@pytest.mark.parametrize(
    ("product", "body"),
    [
        ("nginx", "server accepts handled requests\n1 2\n"),
        ("nginx", "server accepts handled requests\n"),
        ("envoy", "{}"),
        ("envoy", "[]"),
        ("envoy", "[" * 100_000),
        ("envoy", '{"stats":[{"name":"a","value":null}]}'),
        ("envoy", '{"stats":[{"name":"cluster.web.upstream_rq_total","value":NaN}]}'),
        ("envoy", '{"stats":[{"name":"cluster.web.upstream_rq_total","value":1' + "0" * 400 + "}]}"),
        ("envoy", '{"stats":[{"histograms":{"supported_quantiles":[50],"computed_quantiles":[{"name":"a","values":[]}]}}]}'),
    ],
)
def test_another_program_at_the_address_is_said_to_be_one(product: str, body: str, tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        text = {
            "nginx": f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://10.0.0.1; }} location /s {{ stub_status; }} }}\n",
            "envoy": f"admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}\n"
            "static_resources:\n  clusters:\n    - name: web\n",
        }[product]
        file = tmp_path / "x"
        file.write_text(text)
        figures, missed = seen(read(Sources((str(file),))).topologies)
        server.shutdown()
    assert not figures
    assert [entry for entry in missed if "does not answer" in entry.reason]


def dripping(listening: socket.socket, stop: threading.Event) -> None:
    """Answers with one byte of a header now and then, and never ends."""
    with suppress(OSError):
        while not stop.is_set():
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not stop.wait(0.05):
                    connection.sendall(b"x")


def test_an_answer_that_drips_for_ever_ends_with_the_time_for_all(tmp_path: Path) -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=dripping, args=(listening, stop), daemon=True).start()
        port = listening.getsockname()[1]
        for number in range(3):
            admin = f"admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}\n"
            (tmp_path / f"{number}.yaml").write_text(f"{admin}static_resources:\n  clusters:\n    - name: web\n")
        began = time.monotonic()
        figures, missed = seen(read(Sources((str(tmp_path),))).topologies, timedelta(seconds=1))
        took = time.monotonic() - began
        stop.set()
    assert not figures
    assert took < 5
    assert [entry.reason.partition(":")[0] for entry in missed] == ["Envoy's admin interface does not answer"] + ["it was not asked"] * 2


@pytest.mark.parametrize("path", ['"/s\r\nX: y"', "'/s HTTP/1.0\n\nFLUSHALL\n'", '"/s x"', "/sé"])
def test_a_configuration_does_not_write_the_request(path: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        head = f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://10.0.0.1; }}\n"
        (tmp_path / "nginx.conf").write_text(f"{head} location = {path} {{ stub_status; }} }}\n")
        figures, missed = seen(read(Sources((str(tmp_path / "nginx.conf"),))).topologies)
        with pytest.raises(TimeoutError):
            listening.accept()
    assert not figures
    assert ["its path holds what no request can" in entry.reason for entry in missed] == [True]


def test_a_name_with_many_addresses_has_the_time_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def connect(place: tuple[str, int], timeout: float) -> socket.socket:
        given.append(timeout)
        time.sleep(timeout)
        raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 80)) for number in range(50)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(TimeoutError):
        get("many.example:80", "/", time.monotonic() + 0.2)
    assert len(given) == 50
    assert sum(given) < 0.5
