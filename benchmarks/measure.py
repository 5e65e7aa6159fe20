"""Whole processes, measured from outside: wall time, processor time and peak memory as the operating system accounts for them."""

import os
import time
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


def run(command: Command) -> tuple[float, float, float, int]:
    """Seconds of wall and of processor time, peak MiB and exit code of one run; what it prints is thrown away."""
    silent = [(os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_WRONLY, 0) for each in (1, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(command.words[0], list(command.words), {**os.environ, **command.environment}, file_actions=silent)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


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
