"""Whole processes, measured from outside: wall time, processor time and peak memory as the operating system accounts for them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Command:
    """Something to run. `codes` are the exit codes that say it did its work."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over all runs: seconds of wall and processor time, MiB of peak memory; and how the runs ended."""

    wall: float
    cpu: float
    peak: float
    codes: frozenset[int]


# Linux counts in a process's peak what its parent had when it began. So a parent as small as an interpreter can be starts the command and
# measures it: it imports nothing but what is built in.
STARTER = """
import posix, sys, time
silent = [(posix.POSIX_SPAWN_OPEN, each, "/dev/null", posix.O_WRONLY, 0) for each in (1, 2)]
start = time.perf_counter()
child = posix.posix_spawn(sys.argv[1], sys.argv[1:], posix.environ, file_actions=silent)
_, status, used = posix.wait4(child, 0)
wall = time.perf_counter() - start
print([wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, posix.waitstatus_to_exitcode(status)])
"""


def run(command: Command) -> tuple[float, float, float, int]:
    """Seconds of wall and of processor time, peak MiB and exit code of one run; what it prints is thrown away."""
    words = [sys.executable, "-I", "-S", "-c", STARTER, *command.words]
    done = subprocess.run(words, env={**os.environ, **command.environment}, stdout=subprocess.PIPE, text=True, check=True)
    wall, cpu, peak, code = json.loads(done.stdout)
    return wall, cpu, peak, code


def floor() -> float:
    """The peak in MiB below which nothing can be told: that of what starts the commands."""
    return run(Command("true", ["/bin/true"], {}))[2]


def in_turn(commands: Sequence[Command], runs: int) -> list[Figures]:
    """Each command once to warm up, then all in turn, `runs` times: a machine whose speed drifts is unjust to none."""
    for command in commands:
        run(command)
    found: list[list[tuple[float, float, float, int]]] = [[] for _ in commands]
    for number in range(runs):
        # The order turns too: who comes behind a heavy neighbour is another one each time.
        for index in range(len(commands)):
            at = (index + number) % len(commands)
            found[at].append(run(commands[at]))
    return [
        Figures(
            median(wall for wall, *_ in each),
            median(cpu for _, cpu, *_ in each),
            median(peak for *_, peak, _ in each),
            frozenset(code for *_, code in each),
        )
        for each in found
    ]


def machine() -> str:
    """What it was measured on: cores and interpreter."""
    model = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown processor")
    return f"{len(os.sched_getaffinity(0))} cores ({model})"


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text().splitlines()
    except OSError:
        return []
