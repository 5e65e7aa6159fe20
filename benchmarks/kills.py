"""Kills the demo with signal 9 at random moments and looks at what is left.

    python -m benchmarks.kills --runs 20

After each kill: no process of it lives (all are found by their folder: command line, working directory or environment), the incident store
opens, and every change, alert, hypothesis, step and proof that was shown stands in it.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Healthy phase, fault, alert, cause, repair and proof of the story lie within this many seconds.
LONGEST_SECONDS = 32.0
STORED = ("change", "alert", "cause", "plan", "fix", "proof")


def left_running(mark: str) -> list[str]:
    """Processes whose command line, working directory or environment names the folder."""
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == os.getpid():
            continue
        try:
            text = (place / "cmdline").read_bytes() + (place / "environ").read_bytes() + os.fsencode((place / "cwd").readlink())
        except OSError:
            continue
        if mark.encode() in text:
            found.append(f"{place.name} {text[:120]!r}")
    return found


def shown(lines: list[str]) -> list[tuple[str, str]]:
    """(act, text) of the lines that tell what happened in the incident."""
    parts = [line.split(" UTC ", 1)[1].split(None, 2) for line in lines if " UTC " in line]
    # With a time since the fault the act is the second word, before the fault the first.
    told = [(p[1], p[2]) if p[0][:1] in "+-" and len(p) > 2 else (p[0], " ".join(p[1:])) for p in parts if len(p) > 1]
    return [(act, text) for act, text in told if act in STORED]


def missing(store: Path, told: list[tuple[str, str]]) -> list[str]:
    """What was shown and is not in the store."""
    with sqlite3.connect(store) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        rows = " ".join(f"{kind} {payload}" for kind, payload in connection.execute("select kind, payload from event"))
    text = rows.encode().decode("unicode_escape", "replace") if "\\u" in rows else rows
    lost = []
    for act, words in told:
        wanted = words
        if act == "alert":
            # A line names the component before the summary where the summary does not.
            wanted = words.rsplit(" [", 1)[0].split(": ", 1)[-1]
        if words.startswith(("not the ", "suspected: ")):
            layer = words.removeprefix("not the ").removeprefix("suspected: ").split("(")[0].split(",")[0].strip()
            wanted = f'"hypothesis": "{layer}"'
        if wanted not in text and wanted.replace('"', '\\"') not in text:
            lost.append(f"{act}: {words}")
    return lost


def main() -> None:
    """Kill, look, count; exit 1 if anything was left or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    bad, total = 0, 0
    for number in range(chosen.runs):
        moment = draw.uniform(0.2, LONGEST_SECONDS)
        with tempfile.TemporaryDirectory(prefix="poise-kill-") as folder:
            words = [sys.executable, "-m", "poise.cli", "demo", "--seed", str(number), "--store", f"{folder}/incidents.db"]
            with (Path(folder) / "said").open("w") as said:
                process = subprocess.Popen(words, stderr=said, stdout=said, env={**os.environ, "TMPDIR": folder}, start_new_session=True)
                time.sleep(moment)
                process.send_signal(signal.SIGKILL)
                process.wait()
            killed = time.monotonic()
            while (running := left_running(folder)) and time.monotonic() < killed + 5.0:
                time.sleep(0.02)
            gone = time.monotonic() - killed
            told = shown((Path(folder) / "said").read_text().splitlines())
            store = Path(folder) / "incidents.db"
            lost = missing(store, told) if told else []
        total += len(told)
        bad += bool(running or lost)
        print(f"killed after {moment:4.1f} s: {len(running)} processes left after {gone:.2f} s, {len(told)} events shown, {len(lost)} lost")
        for problem in running + lost:
            print(f"    {problem}")
    print(f"{chosen.runs - bad} of {chosen.runs} clean, {total} events shown")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
