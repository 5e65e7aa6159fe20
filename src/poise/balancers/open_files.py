"""How many files and connections a process of this machine has open, and how many it may (proc(5))."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from poise.model.sample import Sample

PROC = Path("/proc")
# Linux before 6.2 does not tell how many there are without listing them: at most so many are listed, for 10,000 take five milliseconds.
MOST_LISTED = 20_000


def samples(load_balancer: str, processes: Iterable[int], now: datetime, proc: Path = PROC) -> list[Sample]:
    """`open_files` and `open_files_limit` of the one of these processes that is nearest to its limit; none where none may be looked at."""
    found = [each for pid in processes if (each := of_process(pid, proc)) is not None]
    if not found:
        return []
    used, limit = max(found, key=lambda each: each[0] / each[1])
    return [Sample(now, load_balancer, "open_files", float(used)), Sample(now, load_balancer, "open_files_limit", float(limit))]


def of_process(pid: int, proc: Path = PROC) -> tuple[int, int] | None:
    """Open and allowed; None where the process is gone, another's, or may open as many as it likes."""
    folder = proc / str(pid)
    try:
        limits = (folder / "limits").read_text()
        # Linux 6.2 and later: the size of the folder is how many there are, and everybody may ask.
        used = (folder / "fd").stat().st_size or _listed(folder / "fd")
    except OSError:
        return None
    words = next((line.split() for line in limits.splitlines() if line.startswith("Max open files")), [])
    soft = words[3] if len(words) > 3 else ""
    return (used, int(soft)) if soft.isdecimal() and int(soft) and used else None


def _listed(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(1 for _, _ in zip(entries, range(MOST_LISTED), strict=False))
