"""A real HAProxy with a weight too many, a real Prometheus with the exported rules, and a real Alertmanager with the exported routes."""

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.debian import needs_package

from poise.app.export import Wanted, alertmanager_routes, prometheus_rules
from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.ports import take_ports
from poise.reading.read import Sources

pytestmark = [pytest.mark.live, pytest.mark.long]
SERVERS = 4


def config(front: int, metrics: int, servers: list[int], hot: int) -> str:
    """Four equal servers, one with that weight, and HAProxy's own exporter."""
    lines = "\n".join(f"  server app{at} 127.0.0.1:{port} weight {hot if at == 1 else 1}" for at, port in enumerate(servers, 1))
    return f"""
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend shop
  bind 127.0.0.1:{front}
  default_backend web
frontend figures
  bind 127.0.0.1:{metrics}
  http-request use-service prometheus-exporter if {{ path /metrics }}
backend web
  balance roundrobin
{lines}
"""


@contextmanager
def running(command: list[str], folder: Path, **options: Any) -> Iterator[None]:
    """That program, until the end of the block."""
    with (
        (folder / f"{Path(command[0]).name}.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, **options) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def asked(url: str) -> Any:
    """The JSON there; None while nobody answers."""
    with suppress(OSError, ValueError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
        return json.load(answer)
    return None


async def until(look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """What `look` gives as soon as it gives something."""
    for _ in range(int(seconds * 5)):
        if found := await asyncio.to_thread(look):
            return found
        await asyncio.sleep(0.2)
    pytest.fail(f"in {seconds:g} s: {what}")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """200 to every request."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
    writer.close()


async def load(port: int) -> None:
    """A client that asks again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        writer.write(b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.01)


def quick(rules: str) -> str:
    """The same rules with a second for every minute of patience: what is waited for is the condition."""
    data = yaml.safe_load(rules)
    for group in data["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "2s"
    return yaml.safe_dump(data)


def test_a_weight_too_many_reaches_alertmanager(tmp_path: Path) -> None:
    needs_package("prometheus", shutil.which("prometheus") is not None)
    needs_package("prometheus-alertmanager", shutil.which("prometheus-alertmanager") is not None)
    haproxy = find_haproxy()
    assert isinstance(haproxy, Haproxy)
    block = take_ports()
    front, metrics, prometheus, alertmanager, *servers = range(block.first, block.first + 4 + SERVERS)
    (tmp_path / "haproxy.cfg").write_text(config(front, metrics, servers, 256))
    (tmp_path / "poise.toml").write_text('[pool.web]\nsplit = "even"\n')
    wanted = Wanted(Sources((str(tmp_path / "haproxy.cfg"),)))
    exported = prometheus_rules(wanted)
    assert not exported.could_not
    (tmp_path / "rules.yml").write_text(quick(exported.text))
    (tmp_path / "am.yml").write_text(alertmanager_routes(wanted).text)
    (tmp_path / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": ["rules.yml"],
                "scrape_configs": [{"job_name": "haproxy", "static_configs": [{"targets": [f"127.0.0.1:{metrics}"]}]}],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
            }
        )
    )

    def told(address: str) -> Any:
        found = asked(address)
        alerts = found["data"]["alerts"] if isinstance(found, dict) else found or []
        return [a for a in alerts if a["labels"]["alertname"] == "PoiseUnevenShare" and a.get("state", "firing") == "firing"]

    async def play() -> tuple[Any, Any]:
        listening = [await asyncio.start_server(answer, "127.0.0.1", port) for port in servers]
        await until(lambda: asked(f"http://127.0.0.1:{alertmanager}/api/v2/status"), "Alertmanager does not answer")
        clients = [asyncio.create_task(load(front)) for _ in range(4)]
        fired = await until(lambda: told(f"http://127.0.0.1:{prometheus}/api/v1/alerts"), "Prometheus raises nothing")
        kept = await until(lambda: told(f"http://127.0.0.1:{alertmanager}/api/v2/alerts"), "Alertmanager hears of nothing")
        for client in clients:
            client.cancel()
        for server in listening:
            server.close()
        return fired, kept

    with ExitStack() as stack:
        stack.callback(block.release)
        stack.enter_context(
            running([str(haproxy.path), "-db", "-f", str(tmp_path / "haproxy.cfg")], tmp_path, env=dict(haproxy.environment))
        )
        stack.enter_context(
            running(
                [
                    "prometheus-alertmanager",
                    f"--config.file={tmp_path}/am.yml",
                    f"--storage.path={tmp_path}/am",
                    f"--web.listen-address=127.0.0.1:{alertmanager}",
                    "--cluster.listen-address=",
                ],
                tmp_path,
            )
        )
        stack.enter_context(
            running(
                [
                    "prometheus",
                    f"--config.file={tmp_path}/prometheus.yml",
                    f"--storage.tsdb.path={tmp_path}/tsdb",
                    f"--web.listen-address=127.0.0.1:{prometheus}",
                ],
                tmp_path,
            )
        )
        fired, kept = asyncio.run(play())
    hot = next(alert for alert in fired if alert["labels"]["server"] == "app1")
    # 256 of 259 parts, where a quarter is wanted: 73.8 points too much.
    assert float(hot["value"]) == pytest.approx(256 / 259 - 0.25, abs=0.02)
    assert {receiver["name"] for receiver in kept[0]["receivers"]} == {"poise-pages"}
    assert kept[0]["annotations"]["page"] == "poise explain uneven-weights"
