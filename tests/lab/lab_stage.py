"""What the tests of the lab share: a small plan, a running lab with its loop, and who is left."""

import asyncio
import csv
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

from poise.lab.haproxy import ask
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

T = TypeVar("T")

# 3 servers of 2 slots and 40 ms: 150 requests/s possible, 70 offered.
SMALL = LabPlan(
    seed=5, servers=3, slots=2, service_ms=40.0, rate=70.0, weights=(1, 256, 1), hot=1, delay_ms=150.0, loss_ratio=0.1, statement_ms=150.0
)


def left_in(directory: Path) -> list[str]:
    """Command lines of the processes that work in or with that directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words, place = (entry / "cmdline").read_bytes().decode(errors="replace"), str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(directory) in words or place.startswith(str(directory)):
                found.append(words.replace("\0", " "))
    return found


@dataclass
class Stage:
    """A running lab and the loop that it lives in."""

    lab: Lab
    runner: asyncio.Runner

    def run(self, doing: Awaitable[T]) -> T:
        async def whole() -> T:
            return await doing

        return self.runner.run(whole())

    def until(self, true: Callable[[], Awaitable[T]], seconds: float = 15.0) -> T:
        """Waits for a condition; its last value."""

        async def wait() -> T:
            deadline = asyncio.get_running_loop().time() + seconds
            while not (value := await true()) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - other programs' state
                await asyncio.sleep(0.1)
            return value

        return self.run(wait())

    def client(self) -> dict[str, float]:
        """The newest value of each client sample."""
        values = {}
        for line in self.lab.load_samples_path.read_text().splitlines()[1:]:
            _, component, metric, value = line.split(",")
            assert component == "client"
            values[metric] = float(value)
        return values

    async def haproxy(self, proxy: str = "web") -> dict[str, dict[str, str]]:
        """`show stat` of the pool by server name, BACKEND for the pool itself; or of another proxy."""
        text = await ask(self.lab.directory / "admin.sock", "show stat")
        return {row["svname"]: row for row in csv.DictReader(text.lstrip("# ").splitlines()) if row["pxname"] == proxy}

    async def application(self, name: str) -> dict[str, float]:
        """One app server's /metrics."""
        port = next(server.direct[1] for server in self.lab.addresses.servers if server.name == name)

        def fetch() -> str:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=3) as answer:
                return str(answer.read().decode())

        lines = (await asyncio.to_thread(fetch)).splitlines()
        return {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#")}
