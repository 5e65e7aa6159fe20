"""Tells the demo's stories many times and tables what came out.

    python -m benchmarks.stories --fault uneven-weights --runs 20 --lanes 2 --results FILE.jsonl

Each run is the real command in a process of its own; a line of FILE is one run's JSON. A run that is in FILE already is not told again,
so an interrupted table goes on where it stopped.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

from poise.lab.faults import FAULTS, STORIES

LIMIT_SECONDS = 900


def tell(fault: str, mode: str | None, seed: int, watch_seconds: int) -> dict[str, Any]:
    """One run of `poise demo`, as its JSON; on failure what it said."""
    with tempfile.TemporaryDirectory(prefix="poise-story-") as folder:
        words = [sys.executable, "-m", "poise.cli", "demo", "--format", "json", "--fault", fault, "--seed", str(seed)]
        words += ["--output", f"{folder}/out", "--store", f"{folder}/incidents.db", "--watch-seconds", str(watch_seconds)]
        words += ["--mode", mode] if mode else []
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        result: dict[str, Any] = {"asked": [fault, mode, seed], "exit": done.returncode, "said": done.stderr[-6000:]}
        if done.returncode == 0:
            result |= json.loads(done.stdout)
        return result


def main() -> None:
    """Run the lanes, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", action="append", help="a story, or STORY:MODE; repeatable (default: all in every mode)")
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--watch-seconds", type=int, default=300)
    parser.add_argument("--results", type=Path, required=True)
    chosen = parser.parse_args()
    every = [f"{name}:{mode}" for name in STORIES for mode in FAULTS[name].modes]
    asked = [tuple((f + ":").split(":")[:2]) for f in (chosen.fault or every)]
    runs = [(f, m or None, s) for s in range(chosen.first_seed, chosen.first_seed + chosen.runs) for f, m in asked]
    told = [json.loads(line) for line in chosen.results.read_text().splitlines()] if chosen.results.exists() else []
    left = [run for run in runs if list(run) not in [t["asked"] for t in told]]
    lock = Lock()

    def lane(run: tuple[str, str | None, int]) -> None:
        result = tell(*run, chosen.watch_seconds)
        with lock, chosen.results.open("a") as file:
            file.write(json.dumps(result) + "\n")
            told.append(result)
        print(line(result), flush=True)

    with ThreadPoolExecutor(chosen.lanes) as lanes:
        list(lanes.map(lane, left))
    table([t for t in told if tuple(t["asked"]) in runs])


def right(result: dict[str, Any]) -> bool:
    """Is the layer at rank 1 the one that owns the fault?"""
    diagnosis = result.get("diagnosis")
    if not diagnosis or result["exit"] != 0:
        return False
    best = diagnosis["hypotheses"][0]
    if result["asked"][0] == "none":
        return bool(diagnosis["verdict"] == "none" and not result["pages"])
    return bool(best["layer"] == FAULTS[result["asked"][0]].layer)


def line(result: dict[str, Any]) -> str:
    """One run on one line."""
    if result["exit"] != 0:
        return f"{result['asked']} exit {result['exit']}: {result['said'][-300:]}"
    best, times = result["diagnosis"]["hypotheses"][0], result["times"]
    seconds = " ".join(f"{name.removesuffix('_seconds')} {value}" for name, value in times.items())
    word = "right" if right(result) else "WRONG"
    ended = f"verified {result['verified']}"
    return f"{word} {result['asked']} mode {result['mode']}: {best['layer']}/{best['fault']} {best['probability']:.2f} {seconds} {ended}"


def table(told: list[dict[str, Any]]) -> None:
    """Right layers, and the median and worst seconds, per story."""
    for key in dict.fromkeys((t["asked"][0], t["asked"][1]) for t in told):
        group = [t for t in told if (t["asked"][0], t["asked"][1]) == key]
        same = sum(t["exit"] == 0 and t["diagnosis"]["hypotheses"][0]["fault"] == key[0] for t in group)
        print(f"{key[0]} {key[1] or ''}: layer right {sum(map(right, group))} of {len(group)}, fault right {same}", end="")
        for name in ("alert_seconds", "cause_seconds", "fix_verified_seconds"):
            known = [t["times"][name] for t in group if t["exit"] == 0 and t["times"].get(name) is not None]
            if known:
                print(f", {name.removesuffix('_seconds')} median {median(known):.1f} worst {max(known):.1f} s ({len(known)} known)", end="")
        print()


if __name__ == "__main__":
    main()
