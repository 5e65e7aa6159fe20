"""What is set in words of no product is what the real programs accept and poise reads."""

import asyncio
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.together import parse_together
from poise.lab import certificates
from poise.lab.addresses import Addresses
from poise.lab.config import CA, TLS_NAME
from poise.lab.plan import LabPlan
from poise.lab.processes import Supervisor
from poise.lab.product import ProductName
from poise.lab.settings import BalancerSettings
from poise.lab.stack import PRODUCTS
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies as read_envoy
from poise.reading.read_nginx import topologies as read_nginx

PLAN = LabPlan(servers=3, pool="prod.web", server_names=("web-01", "web-02", "web-03"), tls=True, client_path=True)
ADDRESSES = Addresses.of(PLAN, 20_000)
STRANGE = BalancerSettings(
    weights={"web-01": 7}, algorithm="source", disabled=("web-03",), check_path="/deep", check_port=20_059, check_seconds=1, check_fall=2,
    check_timeout_ms=150, server_timeout_ms=45, retries=1, retry_answers=True, listener_maxconn=7,
)  # fmt: skip
OTHERS = (
    BalancerSettings(checked=False, retries=0),
    BalancerSettings(algorithm="least-connections"),
    BalancerSettings(algorithm="random"),
)


def read_haproxy(texts: Sequence[tuple[str, str]]) -> tuple[Topology, ...]:
    return (lower(parse_together(texts)),)


READ = {"haproxy": read_haproxy, "nginx": read_nginx, "envoy": read_envoy}


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")

    async def make() -> None:
        supervisor = Supervisor(folder)
        await certificates.make(supervisor, folder)
        await supervisor.stop()

    asyncio.run(make())
    return folder


def checked(product: ProductName, folder: Path, texts: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    found = PRODUCTS[product].find()
    assert not isinstance(found, CouldNot)
    for name, text in texts.items():
        (folder / name).write_text(text)
    path = str(folder / PRODUCTS[product].config)
    words = {
        "haproxy": ["-c", "-f", path],
        "nginx": ["-t", "-p", f"{folder}/", "-e", "stderr", "-c", path],
        "envoy": ["--mode", "validate", "-c", path, "-l", "error"],
    }
    return subprocess.run([found.path, *words[product]], capture_output=True, text=True, check=False)


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("product", ["haproxy", "nginx", "envoy"])
def test_the_programs_accept_every_setting_and_poise_reads_it(product: ProductName, certified: Path) -> None:
    for settings in (STRANGE, *OTHERS):
        texts = PRODUCTS[product].texts(PLAN, ADDRESSES, certified, settings)
        said = checked(product, certified, texts)
        assert said.returncode == 0, said.stderr
    texts = PRODUCTS[product].texts(PLAN, ADDRESSES, certified, STRANGE)
    checked(product, certified, texts)
    path = certified / PRODUCTS[product].config
    pool = READ[product]([(str(path), path.read_text())])[0].pool("prod.web")
    assert pool is not None
    first = pool.servers[0]
    assert first.weight == 7
    assert product == "envoy" or [server.role for server in pool.servers] == ["active", "active", "disabled"]


def handshake(folder: Path, file: str) -> str:
    """What a client that verifies says of a server with that certificate."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(folder / CA))
    server.load_cert_chain(folder / file)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=TLS_NAME)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for side in (ours, theirs, ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return "accepted"


def test_certificates_are_in_order_ended_or_for_another_host(certified: Path) -> None:
    assert handshake(certified, certificates.VALID) == "accepted"
    assert handshake(certified, certificates.EXPIRED) == "certificate has expired"
    assert "Hostname mismatch" in handshake(certified, certificates.OTHER_NAME)
