"""Starts the fuzzer's process and understands what libFuzzer says."""

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MOST_MEMORY_MB = 500
# libFuzzer's own watch, in case an execution never ends: far above what any input of these sizes may take, also on a busy machine, for it
# goes by the clock on the wall.
MOST_SECONDS = 180
_PROGRESS = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)")
_FINAL = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)
# Of the lines about each step only the last few are kept, of all others everything.
_STEPS = 5


@dataclass(frozen=True)
class Outcome:
    """What one run of libFuzzer came to. `code` 0: nothing was found."""

    code: int
    executions: int
    coverage: int
    features: int
    files: int
    size: str
    peak_mb: int
    output: str


def run(product: str, scratch: Path, judged: int, arguments: list[str]) -> Outcome:
    """Run libFuzzer with these arguments until it ends; one execution of `judged` goes through rules and reports too."""
    command = [sys.executable, "-m", "tests.fuzz.child", product, str(scratch), str(judged)]
    again = scratch / "again"
    again.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    again.chmod(0o755)
    limits = [f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={MOST_MEMORY_MB}", "-print_final_stats=1"]
    said: list[str] = []
    steps: list[str] = []
    with subprocess.Popen(
        [*command, *limits, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("#"):
                steps = [*steps[-_STEPS:], line]
                if "pulse" in line:
                    print(line.rstrip(), flush=True)
            elif not line.startswith(("INFO: Instrumenting", "0x")):
                said.append(line)
    progress = (_PROGRESS.findall("".join(steps)) or [("0", "0", "0", "0b")])[-1]
    output = "".join([*said[:20], *steps, *said[20:]])
    final = {name: int(value) for name, value in _FINAL.findall(output)}
    return Outcome(
        process.returncode,
        final.get("number_of_executed_units", 0),
        int(progress[0]),
        int(progress[1]),
        int(progress[2]),
        progress[3],
        final.get("peak_rss_mb", 0),
        output,
    )
