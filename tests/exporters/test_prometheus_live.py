"""A real Prometheus that scrapes real HAProxy: what is read of it is what HAProxy's own statistics say."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from poise.app.diagnose_recording import read_recording
from poise.diagnosis.looks import look
from poise.diagnosis.places import places_of
from poise.exporters import HAPROXY as HAPROXY_EXPORTER
from poise.lab.binaries import find_haproxy
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

POISE = [sys.executable, "-c", "from poise.cli.main import main; main()"]
PROMETHEUS = shutil.which("prometheus")
HAPROXY = find_haproxy()
pytestmark = [
    pytest.mark.long,
    pytest.mark.live,
    pytest.mark.skipif(PROMETHEUS is None, reason="no Prometheus here (Debian: apt-get install prometheus)"),
]
CONFIG = """\
global
    stats socket {folder}/haproxy.sock level admin
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend http
    bind 127.0.0.1:{http}
    default_backend web
frontend figures
    bind 127.0.0.1:{figures}
    http-request use-service prometheus-exporter
frontend answer
    bind 127.0.0.1:{answer}
    http-request return status 200
backend web
    balance roundrobin
    server app1 127.0.0.1:{answer} weight 3 check
    server app2 127.0.0.1:{answer} weight 1
"""
# What `socat stdio PATH` does with one question, where it is not installed.
SOCAT = """\
#!{python}
import socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect(sys.argv[2])
asked.sendall(sys.stdin.buffer.read())
while data := asked.recv(65536):
    sys.stdout.buffer.write(data)
"""


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http addresses
        return bytes(answer.read())


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, ValueError, LookupError):
            if condition():
                return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def sessions(path: Path) -> dict[str, float]:
    """`stot` of each server, as HAProxy's control socket says it."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(path))
        asked.sendall(b"show stat\n")
        text = b"".join(iter(lambda: asked.recv(65536), b"")).decode()
    head, *rows = (line.split(",") for line in text.removeprefix("# ").splitlines() if line)
    return {row[1]: float(row[head.index("stot")]) for row in rows if row[0] == "web" and row[1].startswith("app")}


def test_what_haproxy_told_prometheus_is_judged_and_kept(tmp_path: Path) -> None:
    assert PROMETHEUS is not None
    assert not isinstance(HAPROXY, CouldNot)
    ports = take_ports()
    http, figures, answer, prometheus = range(ports.first, ports.first + 4)
    # Unix sockets bound the length of a folder's name.
    with ExitStack() as stack:
        stack.callback(ports.release)
        folder = Path(stack.enter_context(_short_folder()))
        config = folder / "haproxy.cfg"
        config.write_text(CONFIG.format(folder=folder, http=http, figures=figures, answer=answer))
        jobs = f"[{{job_name: edge, static_configs: [{{targets: ['127.0.0.1:{figures}']}}]}}]"
        (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\nscrape_configs: {jobs}\n")
        stack.enter_context(running([str(HAPROXY.path), "-f", str(config)], dict(HAPROXY.environment)))
        url = f"http://127.0.0.1:{prometheus}"
        stack.enter_context(
            running(
                [
                    PROMETHEUS,
                    f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/data",
                    f"--web.listen-address=127.0.0.1:{prometheus}",
                ],
                {},
            )
        )
        until(lambda: get(f"http://127.0.0.1:{http}/") is not None)
        until(lambda: get(f"{url}/-/ready") is not None)
        own = set(re.findall(r"^([a-zA-Z_:]\w*)", get(f"http://127.0.0.1:{figures}/").decode(), re.MULTILINE))
        assert [name for name in HAPROXY_EXPORTER.metrics if name not in own] == []
        for _ in range(40):
            get(f"http://127.0.0.1:{http}/")
        truth = sessions(folder / "haproxy.sock")

        def known() -> bool:
            data = json.loads(get(f"{url}/api/v1/query?query=haproxy_server_sessions_total"))["data"]["result"]
            return {r["metric"]["server"]: float(r["value"][1]) for r in data} == truth

        until(known)
        kept = tmp_path / "kept"
        environment = {**os.environ, "PYTHONUTF8": "1"}
        command = [*POISE, "diagnose", "--prometheus", url, "--record", str(kept), "--format", "json", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
        told = json.loads(done.stdout)
        assert done.stderr == ""
        rows = [line.split(",") for line in (kept / "samples.csv").read_text().splitlines()[1:]]
        newest = {row[1].removeprefix("web/"): float(row[3]) for row in rows if row[2] == "requests_total" and row[1].startswith("web/")}
        assert newest == truth
        assert {float(row[3]) for row in rows if row[1] == "web/app1" and row[2] == "weight"} == {3}
        uneven = next(h for h in told["hypotheses"] if h["fault"] == "uneven-weights" and h["component"] == "pool web")
        weights = next(e for e in uneven["evidence"] if "running weight" in e["observable"])
        assert weights["observed"] == pytest.approx(0.75)
        again = subprocess.run(
            [*POISE, "diagnose", "--recording", str(kept), "--format", "json"], capture_output=True, text=True, timeout=60, check=False
        )
        ranked = json.loads(again.stdout)["hypotheses"]
        assert [(h["fault"], h["component"]) for h in ranked] == [(h["fault"], h["component"]) for h in told["hypotheses"]]
        looked = look("shares", places_of(read_recording(kept), "web"))
        assert looked.command == f"echo 'show stat' | socat stdio {folder}/haproxy.sock | cut -d, -f1,2,8,19"
        (folder / "socat").write_text(SOCAT.format(python=sys.executable))
        (folder / "socat").chmod(0o755)
        path = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        shown = subprocess.run(["bash", "-c", looked.command], capture_output=True, text=True, timeout=20, env=path, check=False).stdout
        rows = [line.split(",") for line in shown.splitlines()]
        assert {row[1]: (float(row[2]), row[3]) for row in rows if row[0] == "web" and row[1].startswith("app")} == {
            "app1": (truth["app1"], "3"),
            "app2": (truth["app2"], "1"),
        }
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode == 2
        assert "is not empty: nothing was written there" in refused.stdout


@contextmanager
def _short_folder() -> Iterator[str]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="poise-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield folder
