"""Aborts drills at random moments, or kills their director, and looks at what is left.

    python -m benchmarks.drill_aborts --runs 50

After each: no process works in the drill's folder, the debrief is there where it was aborted, and its journal follows from its own hashes.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.kills import left_running
from poise.drills.chain import broken
from poise.drills.scenarios import SCENARIOS

# From the first program to well after the page: the stack takes some 8 s, the page comes 5 s later.
_LONGEST_SECONDS = 25.0


def poise(state: Path, *words: str) -> "subprocess.Popen[str]":
    """`poise drill` with a state folder of its own."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    command = [sys.executable, "-m", "poise.cli", "drill", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def one(number: int, draw: random.Random) -> str | None:
    """What was wrong with this run, None if nothing was."""
    scenario, moment, kill = draw.choice(SCENARIOS), draw.uniform(0.5, _LONGEST_SECONDS), draw.random() < 0.3
    with tempfile.TemporaryDirectory(prefix="poise-abort-") as folder:
        place = Path(folder) / "d"
        starting = poise(
            Path(folder), "start", scenario.id, "--seed", str(number), "--pace", "2", "3", "10", "5", "--directory", str(place)
        )
        time.sleep(moment)
        pid = place / "director" / "director.pid"
        if kill and pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)
        else:
            kill = False
            aborting = poise(Path(folder), "abort", "--directory", str(place))
            aborting.communicate(timeout=180)
            if aborting.returncode:
                # The stack is not up yet, and nobody listens: who started it ends it by Ctrl-C.
                starting.send_signal(signal.SIGINT)
        starting.communicate(timeout=300)
        deadline = time.monotonic() + 10
        while (left := left_running(folder)) and time.monotonic() < deadline:
            time.sleep(0.2)
        if left:
            return f"still running: {left}"
        journal = place / "director" / "journal.jsonl"
        if journal.exists() and broken(journal.read_text().splitlines()) is not None:
            return "the journal's chain is broken"
        if not kill and journal.exists() and not (place / "debrief.json").exists():
            return "aborted without a debrief"
    return None


def main() -> None:
    """Exit 1 if anything was left or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    bad = 0
    for number in range(chosen.runs):
        wrong = one(number, draw)
        bad += wrong is not None
        print(f"{number + 1}/{chosen.runs} {wrong or 'nothing left'}", flush=True)
    print(f"{chosen.runs} aborts, {bad} with something left or lost")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
