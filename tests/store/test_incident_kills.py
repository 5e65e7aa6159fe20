"""Twenty writers at once, killed at two hundred random moments, and a disk that fills up: nothing that was acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
@pytest.mark.root
@pytest.mark.timeout(1800)
def test_what_was_acknowledged_survives_kills_and_a_full_disk() -> None:
    words = [sys.executable, "-m", "benchmarks.incidents", "kills", "full"]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 kills among 20 writers" in done.stdout
    assert "every one is there, in order; the file is whole" in done.stdout
    assert "all are there, in order" in done.stdout
