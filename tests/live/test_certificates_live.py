"""What clients of a real HAProxy, nginx and Envoy are shown, and what the watch says of it. Certificates are made by openssl."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.daemon.watcher import Tick, Watcher
from poise.detectors.pair_drift import compare
from poise.lab.binaries import find_envoy, find_haproxy, find_nginx
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.probes.certificate import CertificateProbe, validity

pytestmark = [pytest.mark.live, pytest.mark.binary]
BOUND_SECONDS = 30.0


def certificate(folder: Path, name: str, days: int) -> Path:
    """Key and certificate of shop.example, from now on for so many days."""
    key, pem = folder / f"{name}.key", folder / f"{name}.crt"
    how = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=shop.example"]
    command = ["openssl", "req", "-x509", *how, "-days", str(days), "-keyout", str(key), "-out", str(pem)]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / f"{name}.pem"
    both.write_text(pem.read_text() + key.read_text())
    return both


@dataclass
class Products:
    """Three load balancers that speak TLS, a second HAProxy beside them: by name the file and the port."""

    files: dict[str, Path]
    ports: dict[str, int]


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Products]:
    folder = tmp_path_factory.mktemp("certificates")
    five, ninety = certificate(folder, "five", 5), certificate(folder, "ninety", 90)
    block = take_ports()
    names = ("edge1", "edge2", "nginx", "envoy")
    ports = {name: block.first + at for at, name in enumerate(names)}
    haproxy, nginx, envoy = find_haproxy(), find_nginx(), find_envoy()
    assert not isinstance(haproxy, CouldNot) and not isinstance(nginx, CouldNot) and not isinstance(envoy, CouldNot)
    files = {
        "edge1": haproxy_file(folder, "edge1", ports["edge1"], five),
        "edge2": haproxy_file(folder, "edge2", ports["edge2"], ninety),
        "nginx": nginx_file(folder, ports["nginx"], five),
        "envoy": envoy_file(folder, ports["envoy"], five),
    }
    environment = {**os.environ, **haproxy.environment}
    commands = [[str(haproxy.path), "-db", "-f", str(files[edge])] for edge in ("edge1", "edge2")]
    commands.append([str(nginx.path), "-p", str(folder), "-c", str(files["nginx"]), "-e", str(folder / "error.log")])
    commands.append([str(envoy.path), "-c", str(files["envoy"]), "--use-dynamic-base-id", "--concurrency", "1", "-l", "error"])
    with (folder / "said.log").open("wb") as said:
        processes = [subprocess.Popen(command, env=environment, stdout=said, stderr=said) for command in commands]
    try:
        asyncio.run(answering([*ports.values()]))
        yield Products(files, ports)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(BOUND_SECONDS)
        block.release()


def haproxy_file(folder: Path, name: str, port: int, pem: Path) -> Path:
    path = folder / f"{name}.cfg"
    path.write_text(
        f"global\n    stats socket {folder}/{name}.sock mode 600 level admin\n"
        "defaults\n    mode http\n    timeout connect 1s\n    timeout client 9s\n    timeout server 9s\n"
        f"frontend https\n    bind 127.0.0.1:{port} ssl crt {pem}\n    default_backend web\n"
        "backend web\n    server app1 127.0.0.1:9\n"
    )
    return path


def nginx_file(folder: Path, port: int, pem: Path) -> Path:
    """The default server of the port shows another certificate than the one that is asked for by name."""
    path = folder / "nginx.conf"
    other = folder / "ninety.pem"
    inside = "proxy_pass http://127.0.0.1:9;"
    servers = "".join(
        f"server {{ listen 127.0.0.1:{port} ssl; server_name {name}; ssl_certificate {crt}; ssl_certificate_key {crt}; "
        f"location / {{ {inside} }} }}\n"
        for name, crt in (("other.example", other), ("shop.example", pem))
    )
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path.write_text(
        f"daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{ }}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}{servers}}}\n"
    )
    return path


def envoy_file(folder: Path, port: int, pem: Path) -> Path:
    v3 = "type.googleapis.com/envoy.extensions"
    shown = {"certificate_chain": {"filename": str(pem)}, "private_key": {"filename": str(pem)}}
    tls = {
        "@type": f"{v3}.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {"tls_certificates": [shown]},
    }
    router = {"name": "r", "typed_config": {"@type": f"{v3}.filters.http.router.v3.Router"}}
    host = {"name": "web", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "web"}}]}
    http = {
        "@type": f"{v3}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "web",
        "http_filters": [router],
        "route_config": {"virtual_hosts": [host]},
    }
    chain = {
        "transport_socket": {"name": "tls", "typed_config": tls},
        "filters": [{"name": "http", "typed_config": http}],
    }
    server = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 9}}}}
    cluster = {"name": "web", "load_assignment": {"cluster_name": "web", "endpoints": [{"lb_endpoints": [server]}]}}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    bootstrap = {
        "admin": {"address": {"pipe": {"path": f"{folder}/envoy.sock"}}},
        "static_resources": {"listeners": [{"name": "https", "address": address, "filter_chains": [chain]}], "clusters": [cluster]},
    }
    path = folder / "envoy.json"
    path.write_text(json.dumps(bootstrap))
    return path


async def answering(ports: list[int]) -> None:
    """Until all take connections."""
    async with asyncio.timeout(BOUND_SECONDS):
        for port in ports:
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break


async def two_looks(file: Path) -> Tick:
    """What is said after two looks six seconds apart, as the clock of the watch has it."""
    watcher = Watcher([str(file)], Needs())
    try:
        now = datetime.now(UTC)
        await watcher.tick(now)
        return await watcher.tick(now + timedelta(seconds=6))
    finally:
        await watcher.close()


@pytest.mark.parametrize(
    ("product", "listener"), [("edge1", "listener https"), ("nginx", "listener shop.example"), ("envoy", "listener https")]
)
def test_a_certificate_that_ends_in_five_days_is_alerted(products: Products, product: str, listener: str) -> None:
    tick = asyncio.run(two_looks(products.files[product]))
    found = {alert.verdict.component: alert for alert in tick.alerts if alert.verdict.detector == "certificate_ends"}
    assert listener in found, (tick.verdicts, tick.could_not)
    assert found[listener].phase == "firing" and not found[listener].verdict.page
    assert "its certificate ends in 5 days" in found[listener].verdict.summary
    # The other server of that nginx shows one of ninety days.
    assert "listener other.example" not in found


def test_open_files_and_accept_queues_of_what_runs_here_are_looked_at(products: Products) -> None:
    for product, listener, files in (("edge1", "https", True), ("nginx", "shop.example", True), ("envoy", "https", False)):
        tick = asyncio.run(two_looks(products.files[product]))
        found = {(sample.component, sample.metric): sample.value for sample in tick.samples}
        assert found[listener, "accept_queue"] == 0, product
        assert (("lb1", "open_files") in found) == files, product
        if files:
            assert 3 < found["lb1", "open_files"] < found["lb1", "open_files_limit"]


def test_two_of_a_pair_that_show_different_ones_are_told_apart(products: Products) -> None:
    ticks = [asyncio.run(two_looks(products.files[edge])) for edge in ("edge1", "edge2")]
    told = [v for v in compare(("edge1", "edge2"), ticks[0].window, ticks[1].window) if v.component == "listener https"]
    assert [v.state for v in told] == ["bad"] and told[0].severity == "warning"
    assert "that of edge1 ends in 5 days and that of edge2 ends in 90 days" in told[0].summary
    same = compare(("edge1", "edge1"), ticks[0].window, ticks[0].window)
    assert [v.state for v in same if v.component == "listener https"] == ["ok"]


def test_what_is_no_tls_is_said_and_told_as_nothing(products: Products) -> None:
    async def look() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reading = await CertificateProbe("https", f"127.0.0.1:{port}").sample(datetime.now(UTC))
        server.close()
        assert not reading.samples
        assert f"no TLS handshake with 127.0.0.1:{port}" in reading.could_not[0].reason

    asyncio.run(look())


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x30\x05\x30\x03\x02\x01\x00", b"hello world"])
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="no certificate"):
        validity(der)
