"""Looks over a written set: sizes, validity of the configurations, and what each case did to the clients. `python check.py DIR`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import numpy as np

ENVOY = shutil.which("envoy") or next((str(p) for place in sys.path for p in Path(place).glob("envoy/_bin/envoy")), None)
LIMIT = 1_000_000


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def valid(folder: Path) -> str:
    """The product's own word on its file; empty when it is content."""
    if (folder / "haproxy.cfg").exists():
        command = ["haproxy", "-c", "-f", str(folder / "haproxy.cfg")]
    elif (folder / "nginx.conf").exists():
        command = ["nginx", "-t", "-c", str(folder / "nginx.conf")]
    elif ENVOY:
        command = [ENVOY, "--mode", "validate", "-c", str(folder / "envoy.yaml"), "-l", "error", "--base-id", "77"]
    else:
        return ""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else (run.stdout + run.stderr)[-400:]


def effect(folder: Path, onset: float | None) -> str:
    """Clients and shares before and after."""
    first, window = json.loads((folder / "recording.json").read_text()), defaultdict(list)
    middle = onset or (seconds(first["from"]) + seconds(first["to"])) / 2
    counts: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with (folder / "samples.csv").open() as file:
        next(file)
        for line in file:
            time, component, metric, value = line.rstrip().split(",")
            if component == "clients" or metric in {"statement_ms", "retransmits_total"}:
                window[metric, seconds(time) > middle + 2].append(float(value))
            elif metric == "requests_total" and seconds(time) > middle + 2:
                counts[component].append((seconds(time), float(value)))

    def pair(metric: str) -> str:
        return "→".join(f"{np.mean(window[metric, late]):.3g}" if window[metric, late] else "-" for late in (False, True))

    moved = np.array([max(0.0, v[-1][1] - v[0][1]) for v in counts.values() if v])
    share = "/".join(f"{100 * x:.0f}" for x in moved / max(1.0, moved.sum()))
    return (
        f"ok {pair('success_ratio'):14} p50 {pair('p50_ms'):14} p99 {pair('p99_ms'):16} rps {pair('requests_per_second'):12} "
        f"stmt {pair('statement_ms'):14} {share}"
    )


def main(folder: Path, configs: bool) -> None:
    for line in (folder / "truth.jsonl").read_text().splitlines():
        truth = json.loads(line)
        place = folder / truth["case"]
        size = sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
        bad = valid(place) if configs else ""
        onset = seconds(truth["onset"]) if truth["onset"] else None
        samples = place / "samples.csv"
        length = sum(1 for _ in samples.open())
        words = (" TOO BIG" if size > LIMIT else "") + (f" INVALID {bad}" if bad else "")
        print(f"{truth['case'][:44]:44} {size // 1000:4} kB {length:6} {effect(place, onset)}{words}")  # noqa: T201 - a command


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--configs" in sys.argv)
