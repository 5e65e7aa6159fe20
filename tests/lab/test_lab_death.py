import signal
import subprocess
import sys
import time

import pytest
from lab_stage import left_in

pytestmark = pytest.mark.live

_LAB = """
import asyncio, sys
from pathlib import Path
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

async def main():
    lab = Lab(Path(sys.argv[1]), LabPlan(servers=3, weights=(256, 1, 1)))
    try:
        await lab.start()
        print("up", flush=True)
        await asyncio.sleep(60)
    finally:
        await lab.stop()

asyncio.run(main())
"""


def _lab(directory):
    return subprocess.Popen([sys.executable, "-c", _LAB, str(directory)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _gone(directory, seconds):
    deadline = time.monotonic() + seconds
    while left_in(directory) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left_in(directory)


@pytest.mark.parametrize("attempt", range(2))
def test_a_killed_lab_leaves_no_process(tmp_path, attempt):
    with _lab(tmp_path) as lab:
        assert lab.stdout.readline() == "up\n"
        # load, relay, 3 app servers, HAProxy's master and worker, PostgreSQL and its children
        assert len(left_in(tmp_path)) >= 10
        lab.kill()
    assert _gone(tmp_path, 3.0) == []


def test_a_lab_killed_while_initdb_runs_leaves_no_process(tmp_path):
    with _lab(tmp_path) as lab:
        while not (tmp_path / "initdb.log").exists():
            assert lab.poll() is None
            time.sleep(0.01)
        lab.kill()
    assert _gone(tmp_path, 3.0) == []


def test_ctrl_c_while_initdb_runs_stops_at_once(tmp_path):
    with _lab(tmp_path) as lab:
        while not (tmp_path / "initdb.log").exists():
            assert lab.poll() is None
            time.sleep(0.01)
        lab.send_signal(signal.SIGINT)
        began = time.monotonic()
        lab.wait(10)
        assert time.monotonic() - began < 2.0
    assert left_in(tmp_path) == []
