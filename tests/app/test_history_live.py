"""A watch of a real HAProxy is killed with kill -9: what it measured until then is read as HAProxy counted it, and diagnosed."""

import csv
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.small_haproxy import SmallHaproxy, small_haproxy, until


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
def test_a_killed_watch_leaves_what_it_measured(tmp_path: Path) -> None:
    with small_haproxy(tmp_path) as haproxy:
        measured(haproxy, tmp_path)


def measured(haproxy: SmallHaproxy, tmp_path: Path) -> None:
    config = haproxy.config
    store, history = tmp_path / "s.db", tmp_path / "s.db.history"
    said = tmp_path / "said"
    with said.open("wb") as out:
        watch = subprocess.Popen([sys.executable, "-m", "poise.cli", "watch", str(config), "--store", str(store)], stdout=out, stderr=out)
    try:

        def enough() -> bool:
            for _ in range(8):
                haproxy.ask()
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
