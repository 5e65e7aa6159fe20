"""The demo in trouble: what is missing is said, and nothing is left running however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.kills import left_running, missing, shown

pytestmark = [pytest.mark.live, pytest.mark.binary, pytest.mark.timeout(120)]
BOUND_SECONDS = 60.0


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A folder with a short name, also where several run side by side: Unix sockets live below it."""
    return tmp_path


def start(short: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """The demo in a session of its own, all that it says in the file `said`."""
    settings = {**os.environ, "TMPDIR": str(short), "POISE_STORE": str(short / "incidents.db"), **environment}
    with (short / "said").open("w") as said:
        command = [sys.executable, "-m", "poise.cli", "demo", *words]
        return subprocess.Popen(command, stdout=said, stderr=said, env=settings, start_new_session=True, text=True)


def until_said(short: Path, word: str) -> None:
    end = time.monotonic() + BOUND_SECONDS
    while word not in (short / "said").read_text():
        assert time.monotonic() < end, f"{word!r} was never said: {(short / 'said').read_text()}"
        time.sleep(0.05)


def until_gone(short: Path) -> None:
    end = time.monotonic() + 10.0
    while left := left_running(str(short)):
        assert time.monotonic() < end, f"left running: {left}"
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["POISE_HAPROXY", "POISE_POSTGRES"])
def test_a_missing_server_is_said_with_what_helps(short: Path, name: str) -> None:
    process = start(short, **{name: "/nonexistent/program"})
    assert process.wait(BOUND_SECONDS) == 2
    said = (short / "said").read_text()
    assert "/nonexistent" in said and "Traceback" not in said
    until_gone(short)


@pytest.mark.parametrize(
    ("act", "number", "code"), [(" stage ", signal.SIGINT, 130), (" healthy ", signal.SIGINT, 130), (" healthy ", signal.SIGTERM, 130)]
)
def test_an_interrupted_demo_leaves_nothing(short: Path, act: str, number: signal.Signals, code: int) -> None:
    process = start(short)
    until_said(short, act)
    process.send_signal(number)
    assert process.wait(BOUND_SECONDS) == code
    until_gone(short)
    said = (short / "said").read_text()
    assert "interrupted" in said and "Traceback" not in said
    assert not list(short.glob("poise-*")), "the lab's folder is left"


def test_kill_9_leaves_no_process_and_loses_no_event(short: Path) -> None:
    process = start(short)
    until_said(short, " cause ")
    process.kill()
    process.wait()
    until_gone(short)
    told = shown((short / "said").read_text().splitlines())
    assert {act for act, _ in told} >= {"change", "alert", "cause"}
    assert missing(short / "incidents.db", told) == []
    # The check itself can fail: what was never stored is missed.
    assert missing(short / "incidents.db", [*told, ("alert", "the moon is down [firing]")]) == ["alert: the moon is down [firing]"]


def test_a_story_that_is_not_known_is_said(short: Path) -> None:
    process = start(short, "--fault", "moon-down")
    assert process.wait(BOUND_SECONDS) == 64
    said = (short / "said").read_text()
    assert "moon-down" in said and "uneven-weights" in said and "Traceback" not in said
