"""A drill as a trainee has it: the commands, the real stack, and nothing left when it is aborted."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


def poise(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # PYTHONPATH of the tests as they are: a drill's director is a process of its own.
    # A Unix socket's path has 107 bytes at most: the folder's name is a short one wherever the tests run.
    command = [sys.executable, "-m", "poise.cli", "drill", *words, "--directory", str(place / "d")]
    environment = {**os.environ, "XDG_STATE_HOME": str(place / "state")}
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=environment)


def running_in(place: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(place) in str((entry / "cwd").readlink()) + (entry / "cmdline").read_text():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_a_drill_pages_answers_and_leaves_nothing_when_it_is_aborted(tmp_path: Path) -> None:
    begun = poise(tmp_path, "start", "D01", "--seed", "3", "--pace", "0.5", "2", "60", "30", "--without-tools")
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout.startswith("PAGE web tier")
    place = tmp_path / "d"
    stack = place / "stack"
    try:
        assert not (stack / "poise.toml").exists()
        assert "weight" in (stack / "haproxy.cfg").read_text()
        assert len((stack / "changes.jsonl").read_text().splitlines()) >= 3
        assert poise(tmp_path, "check").returncode == 1
        assert poise(tmp_path, "say", "db/pool", "--because", "the log of the applications names it").returncode == 0
        assert "hints taken: 0" in poise(tmp_path, "status").stdout
        assert running_in(place)
    finally:
        ended = poise(tmp_path, "abort")
    assert (ended.returncode, ended.stdout) == (0, "the drill is over; none of its processes is left\n"), ended.stderr
    deadline = time.monotonic() + 5
    while (left := running_in(place)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    made = json.loads((place / "debrief.json").read_text())
    assert made["answer"]["fault"] == "uneven-weights"
    assert made["score"]["fix"] == "none"
    assert [line["kind"] for line in made["timeline"]][:2] == ["inject", "page"]
    assert "uneven-weights" in made["score"]["prevention"]["caught"]
    assert made["timeline"][-1]["text"] == "aborted"
