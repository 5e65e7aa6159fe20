"""A watch of a real HAProxy is killed with kill -9: what it measured until then is read as HAProxy counted it, and diagnosed."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from poise.lab.binaries import find_haproxy
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

BOUND_SECONDS = 60.0
CONFIG = """global
    stats socket {folder}/admin.sock mode 600 level user
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


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    haproxy = find_haproxy()
    if isinstance(haproxy, CouldNot):
        pytest.skip(haproxy.reason)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Answer) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    ports = take_ports(413)
    path = tmp_path / "haproxy.cfg"
    path.write_text(
        CONFIG.format(folder=tmp_path, port=ports.first, first=servers[0].server_address[1], second=servers[1].server_address[1])
    )
    process = subprocess.Popen([str(haproxy.path), "-db", "-f", str(path)], env={**os.environ, **haproxy.environment})
    try:
        until((tmp_path / "admin.sock").exists)
        (tmp_path / "port").write_text(str(ports.first))
        yield path
    finally:
        process.terminate()
        process.wait(20)
        for server in servers:
            server.shutdown()
            server.server_close()
        ports.release()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + BOUND_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def poise(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "poise.cli", *words], capture_output=True, text=True, check=False)


def counted(folder: Path) -> dict[str, int]:
    """What HAProxy itself says."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(folder / "admin.sock"))
        asked.sendall(b"show stat\n")
        text = b"".join(iter(lambda: asked.recv(65536), b"")).decode()
    return {row["svname"]: int(row["stot"]) for row in csv.DictReader(text.removeprefix("# ").splitlines())}


@pytest.mark.live
@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_killed_watch_leaves_what_it_measured(config: Path, tmp_path: Path) -> None:
    store, history = tmp_path / "s.db", tmp_path / "s.db.history"
    url = f"http://127.0.0.1:{(tmp_path / 'port').read_text()}/"
    said = tmp_path / "said"
    with said.open("wb") as out:
        watch = subprocess.Popen([sys.executable, "-m", "poise.cli", "watch", str(config), "--store", str(store)], stdout=out, stderr=out)
    try:

        def enough() -> bool:
            for _ in range(8):
                urllib.request.urlopen(url, timeout=5).close()
            if not history.exists():
                return False
            answer = poise(
                "history", str(config), "--store", str(store), "--metric", "requests_per_second", "--server", "app1", "--format", "json"
            )
            points = [point for each in json.loads(answer.stdout)["series"] for point in each["points"]] if not answer.returncode else []
            return len(points) >= 3 and sum(point["value"] for point in points) > 0

        until(enough)
    finally:
        watch.kill()
        watch.wait()
    asked = (str(config), "--store", str(store))
    shares = json.loads(poise("history", *asked, "--format", "json").stdout)
    by_server = {each["component"]: each["points"] for each in shares["series"]}
    assert set(by_server) == {"server web/app1", "server web/app2"}
    pairs = zip(by_server["server web/app1"], by_server["server web/app2"], strict=True)
    assert all(one["at"] == other["at"] and abs(one["value"] + other["value"] - 1) < 1e-5 for one, other in pairs)
    recording = tmp_path / "recording"
    told = poise("history", "export", *asked, "--recording", str(recording))
    assert told.returncode == 0 and "poise diagnose --recording" in told.stdout, told
    with (recording / "samples.csv").open() as file:
        totals = {row["component"]: int(row["value"]) for row in csv.DictReader(file) if row["metric"] == "requests_total"}
    stat = counted(tmp_path)
    assert 0 < totals["web/app1"] <= stat["app1"] and 0 < totals["web/app2"] <= stat["app2"]
    assert abs(totals["web/app1"] - 3 * totals["web/app2"]) <= 3
    assert (recording / "haproxy.cfg").read_text() == config.read_text()
    diagnosis = poise("diagnose", "--recording", str(recording), "--format", "json")
    found = json.loads(diagnosis.stdout)
    assert diagnosis.returncode in (0, 2) and found["verdict"] in ("none", "undetermined")
    assert not [each for each in found["could_not"] if "samples" in each["file"]]
    text = poise("history", *asked)
    assert text.returncode == 0 and "pool web: share_ratio" in text.stdout and "Traceback" not in text.stderr
    moment = poise("history", *asked, "--at", found["window"]["to"])
    share = re.search(r"server web/app1 +([\d.]+)%", moment.stdout)
    # The last look may have come between two requests of four.
    assert moment.returncode == 0 and share is not None and abs(float(share[1]) - 75) < 3, moment
    assert poise("history", "export", *asked, "--recording", str(recording)).returncode == 2
    assert "Traceback" not in said.read_text()
