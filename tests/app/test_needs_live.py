"""`poise needs --live` against the real products: figures of requests that were really sent."""

import http.client
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from poise.app.needs import parse_needs
from poise.lab.binaries import Envoy, Haproxy, Nginx, find_envoy, find_haproxy, find_nginx
from poise.lab.ports import BLOCK, take_ports

POISE = [sys.executable, "-c", "from poise.cli.main import main; main()"]
DELAY_MS = 30
ASKED_OF_ENVOY = "/stats?format=json&filter=cluster.web.upstream_rq_time$"
pytestmark = pytest.mark.live


class Slow(http.server.BaseHTTPRequestHandler):
    """Answers after DELAY_MS."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(DELAY_MS / 1000)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ports() -> Iterator[Iterator[int]]:
    block = take_ports(start=420)
    yield iter(range(block.first, block.first + BLOCK))
    block.release()


@pytest.fixture
def application(ports: Iterator[int]) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", next(ports)), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def get(port: int, path: str = "/") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    body = answer.read()
    connection.close()
    return body


def until(condition: Callable[[], object], running: Callable[[], bool]) -> None:
    """Wait for it, but not for what has ended."""
    end = time.monotonic() + 20
    while not condition():
        assert running() and time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def started(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    def answers() -> bool:
        try:
            return bool(get(port))
        except OSError:
            return False

    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(answers, lambda: process.poll() is None)
            yield
        finally:
            process.terminate()


@dataclass
class Client:
    """Asks again and again: at most 1000 / DELAY_MS requests a second. What it saw itself is what poise's figures are held against."""

    port: int
    took_ms: list[float] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    def ask(self) -> None:
        while not self.ended.is_set():
            begun = time.monotonic()
            get(self.port)
            self.took_ms.append((time.monotonic() - begun) * 1000)

    def has_asked(self, requests: int) -> None:
        """Wait for so many answers more."""
        wanted = len(self.took_ms) + requests
        until(lambda: len(self.took_ms) >= wanted, self.thread.is_alive)

    def could_see_rate(self, rate: float) -> None:
        mean = 1000 * len(self.took_ms) / sum(self.took_ms)
        assert mean / 2 <= rate <= 1000 / DELAY_MS + 1

    def could_see_time(self, milliseconds: float) -> None:
        assert DELAY_MS <= milliseconds <= max(self.took_ms)


@contextmanager
def traffic(port: int) -> Iterator[Client]:
    client = Client(port)
    client.thread = threading.Thread(target=client.ask)
    client.thread.start()
    try:
        yield client
    finally:
        client.ended.set()
        client.thread.join()


def needs(config: Path) -> str:
    done = subprocess.run([*POISE, "needs", "--live", str(config)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    declared, mistakes = parse_needs(done.stdout, "poise.toml")
    assert mistakes == ()
    assert set(declared.pool) == {"web"}
    return done.stdout


def test_haproxy_tells_peak_and_times(application: int, ports: Iterator[int], tmp_path: Path) -> None:
    found = find_haproxy()
    assert isinstance(found, Haproxy), found
    port, config = next(ports), tmp_path / "haproxy.cfg"
    config.write_text(
        f"global\n    stats socket {tmp_path}/s.sock level user\ndefaults\n    mode http\n    timeout connect 1s\n    timeout client 5s\n"
        f"    timeout server 5s\nfrontend in\n    bind 127.0.0.1:{port}\n    default_backend web\n"
        f"backend web\n    server app1 127.0.0.1:{application}\n    server app2 127.0.0.1:{application}\n"
    )
    with started([str(found.path), "-db", "-f", str(config)], port, dict(found.environment)):
        with traffic(port) as client:
            # HAProxy's rate is that of the last second.
            client.has_asked(1500 // DELAY_MS)
        declared = tomllib.loads(needs(config))["pool"]["web"]
    client.could_see_rate(declared["peak_requests_per_second"])
    client.could_see_time(declared["service_time_ms"])
    assert set(declared) == {"peak_requests_per_second", "service_time_ms"}


def test_nginx_tells_the_rate(application: int, ports: Iterator[int], tmp_path: Path) -> None:
    found = find_nginx("debian")
    assert isinstance(found, Nginx), found
    port, config = next(ports), tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off;\npid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n"
        f"    upstream web {{ server 127.0.0.1:{application}; }}\n    server {{\n        listen 127.0.0.1:{port};\n"
        "        location / { proxy_pass http://web; }\n"
        "        location = /basic_status { stub_status; allow 127.0.0.1; deny all; }\n    }\n}\n"
    )
    with started([str(found.path), "-p", f"{tmp_path}/", "-e", "stderr", "-c", str(config)], port, {}), traffic(port) as client:
        client.has_asked(1)
        text = needs(config)
    (rate,) = re.findall(r"^# peak_requests_per_second = \d+ .*; just now it was ([\d.]+): nginx's stub_status", text, re.M)
    client.could_see_rate(float(rate))


def test_envoy_tells_rate_and_times(application: int, ports: Iterator[int], tmp_path: Path) -> None:
    found = find_envoy()
    assert isinstance(found, Envoy), found
    port, admin, config = next(ports), next(ports), tmp_path / "envoy.yaml"
    # Histograms are merged when statistics are flushed.
    config.write_text(f"""\
stats_flush_interval: 0.2s
admin:
  address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}
static_resources:
  listeners:
    - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - match: {{prefix: /}}
                          route: {{cluster: web}}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: web
      connect_timeout: 1s
      load_assignment:
        cluster_name: web
        endpoints:
          - lb_endpoints:
              - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {application}}}}}}}
""")
    command = [str(found.path), "-c", str(config), "--concurrency", "1", "--disable-hot-restart", "-l", "off"]

    def has_medians() -> bool:
        (histograms,) = (each["histograms"] for each in json.loads(get(admin, ASKED_OF_ENVOY))["stats"] if "histograms" in each)
        return any(each["values"][0]["cumulative"] is not None for each in histograms.get("computed_quantiles", ()))

    with started(command, port, {}), traffic(port) as client:
        client.has_asked(1)
        until(has_medians, client.thread.is_alive)
        text = needs(config)
    (rate,) = re.findall(r"^# peak_requests_per_second = \d+ .*; just now it was ([\d.]+): Envoy's /stats", text, re.M)
    client.could_see_rate(float(rate))
    client.could_see_time(tomllib.loads(text)["pool"]["web"]["service_time_ms"])


@pytest.mark.binary
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("backend web\n    server a 127.0.0.1:1\n", "no `stats socket`"),
        ("global\n    stats socket /nowhere/s.sock\nbackend web\n    server a 127.0.0.1:1\n", "socket does not exist"),
        (
            "upstream web { server 127.0.0.1:1; }\nserver { listen 80; location / { proxy_pass http://web; } }\n",
            "no page with `stub_status`",
        ),
        (
            "upstream web { server 127.0.0.1:1; }\n"
            "server { listen 127.0.0.1:9; location / { proxy_pass http://web; } location /s { stub_status; } }\n",
            "stub_status does not answer",
        ),
        ("static_resources:\n  clusters:\n    - name: web\n", "no `admin` address"),
        (
            "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9}}}\nstatic_resources:\n  clusters:\n    - name: web\n",
            "admin interface does not answer",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_file_comes_all_the_same(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)
    done = subprocess.run([*POISE, "needs", "--live", str(tmp_path / "x")], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert says in done.stderr and "Traceback" not in done.stderr
    assert tomllib.loads(done.stdout) is not None
