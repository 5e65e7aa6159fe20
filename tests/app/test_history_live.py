"""A watch of a real HAProxy is killed with kill -9: what it measured until then is read as HAProxy counted it, and diagnosed."""

import csv
import json
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.small_haproxy import SmallHaproxy, small_haproxy, until

# So many that a request more or less on one side of a look is less than three points of a share. A command takes ten seconds where the
# machine has much else to do.
ROUND, BOUND_SECONDS = 40, 200.0


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
@pytest.mark.timeout(600)
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
        rates = ("--metric", "requests_per_second", "--server", "app1", "--format", "json")

        def points() -> list[dict[str, Any]]:
            answer = poise("history", str(config), "--store", str(store), *rates) if history.exists() else None
            return [p for each in json.loads(answer.stdout)["series"] for p in each["points"]] if answer and not answer.returncode else []

        def enough() -> bool:
            for _ in range(ROUND):
                haproxy.ask()
            kept = points()
            return len(kept) >= 3 and sum(point["value"] for point in kept) > 0

        until(enough, BOUND_SECONDS)
        # A look after the last request, so that none comes in between.
        last = datetime.now(UTC)
        until(lambda: datetime.fromisoformat(points()[-1]["at"]) > last, BOUND_SECONDS)
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
    assert totals["web/app1"] == 3 * totals["web/app2"]
    assert (recording / "haproxy.cfg").read_text() == config.read_text()
    diagnosis = poise("diagnose", "--recording", str(recording), "--format", "json")
    found = json.loads(diagnosis.stdout)
    # Where the machine has much else to do servers may truly have been slow: what was kept must not make the split wrong.
    assert diagnosis.returncode == {"none": 0, "fault": 1, "undetermined": 2}[found["verdict"]], diagnosis.stdout
    blamed = found["hypotheses"][0]["fault"] if found["verdict"] == "fault" else None
    assert blamed not in ("uneven-weights", "traffic-pinned", "load-balancer-down"), diagnosis.stdout
    assert not [each for each in found["could_not"] if "samples" in each["file"]]
    text = poise("history", *asked)
    assert text.returncode == 0 and "pool web: share_ratio" in text.stdout and "Traceback" not in text.stderr
    moment = poise("history", *asked, "--at", found["window"]["to"])
    share = re.search(r"server web/app1 +([\d.]+)%", moment.stdout)
    # The first look of the minute before may have come between two requests of four.
    assert moment.returncode == 0 and share is not None and abs(float(share[1]) - 75) < 3, moment
    assert poise("history", "export", *asked, "--recording", str(recording)).returncode == 2
    assert "Traceback" not in said.read_text()
