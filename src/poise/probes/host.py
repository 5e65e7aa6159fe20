"""How busy this machine is, from /proc (proc(5)); nothing on machines without it."""

import asyncio
from datetime import datetime
from pathlib import Path

from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.probes.source import Reading


class HostProbe:
    """cpu_ratio since the last look (waiting for the disk counts as idle) and memory_ratio in use now."""

    def __init__(self, name: str = "host", proc: Path = Path("/proc")) -> None:
        self.name = name
        self._proc = proc
        self._last: tuple[int, int] | None = None

    async def sample(self, now: datetime) -> Reading:
        """One look."""
        try:
            stat, memory = await asyncio.to_thread(self._read)
        except OSError as error:
            return Reading(could_not=(CouldNot(self.name, f"{error.filename}: {error.strerror}; the host's load is not known"),))
        times = [int(word) for word in stat.split("\n", 1)[0].split()[1:9]]
        idle, total = times[3] + times[4], sum(times)
        last, self._last = self._last, (idle, total)
        found = []
        if last is not None and total > last[1]:
            found.append(Sample(now, self.name, "cpu_ratio", 1 - (idle - last[0]) / (total - last[1])))
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in memory.splitlines()) if rest.split()}
        if "MemTotal" in sizes and "MemAvailable" in sizes:
            found.append(Sample(now, self.name, "memory_ratio", 1 - sizes["MemAvailable"] / sizes["MemTotal"]))
        return Reading(tuple(found))

    def _read(self) -> tuple[str, str]:
        return (self._proc / "stat").read_text(), (self._proc / "meminfo").read_text()
