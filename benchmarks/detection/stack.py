"""As light a stack as a measurement of alerts allows: clients, the real load balancer, small application servers, and poise's watch."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poise.balancers.http_fetch import fetch
from poise.lab.addresses import Addresses, Endpoint, text
from poise.lab.error import LabError
from poise.lab.plan import LabPlan
from poise.lab.ports import take_ports
from poise.lab.processes import Process, Supervisor
from poise.lab.product import ProductName, replace_file
from poise.lab.settings import BalancerSettings
from poise.lab.stack import PRODUCTS
from poise.model.could_not import CouldNot

BOUND_SECONDS = 60.0
# As soon as a line can be there: far less than the second between two looks.
POLL_SECONDS = 0.05
# The programs run in the stack's own folder and must find this package.
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])}
Change = Callable[[str, str], str]


def unchanged(name: str, content: str) -> str:
    """The lab's own files."""
    del name
    return content


@dataclass(slots=True)
class Watch:
    """What poise's watch has said: every effect, and the last turn."""

    log: Path
    effects: list[dict[str, Any]] = field(default_factory=list)
    turns: int = 0
    took: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    could_not: tuple[str, ...] = ()
    quiet_since: float = field(default_factory=time.time)
    cpu: float = 0.0
    aftermath: frozenset[str] = frozenset()
    _read: int = 0
    _active: set[str] = field(default_factory=set)

    def listen(self) -> None:
        """Take in what is new."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data.rpartition(b"\n")[0]
        self._read += len(whole) + (1 if whole else 0)
        for line in whole.splitlines():
            if line.startswith(b"{"):
                self._take(json.loads(line))

    def _take(self, said: dict[str, Any]) -> None:
        if said["kind"] == "turn":
            self.turns += 1
            self.took.append(said["took"])
            self.ended.append(said["at"])
            self.could_not, self.cpu = tuple(said["could_not"]), said["cpu"]
        else:
            self.effects.append(said)
            key = f"{said['detector']} {said['component']}"
            if said["kind"] == "firing" and said["detector"] not in self.aftermath:
                self._active.add(key)
            elif said["kind"] == "resolved":
                self._active.discard(key)
        if self._active:
            self.quiet_since = said["at"]

    @property
    def active(self) -> tuple[str, ...]:
        """The alerts that fire now."""
        return tuple(sorted(self._active))


class Stack:
    """One of them. `change` edits the text of each of the load balancer's files; `needs` is the poise.toml."""

    def __init__(self, directory: Path, product: ProductName, plan: LabPlan, needs: str, change: Change = unchanged) -> None:
        self.directory, self.plan, self.product, self.change = directory.absolute(), plan, PRODUCTS[product], change
        self._supervisor = Supervisor(self.directory)
        self._ports = take_ports(plan.seed * 7)
        first = self._ports.first
        servers = tuple(
            Endpoint(name, ("127.0.0.1", first + 1 + index), ("127.0.0.1", first + 1 + index)) for index, name in enumerate(plan.names)
        )
        self.addresses = Addresses(("127.0.0.1", first), servers, Endpoint("main", ("127.0.0.1", first + 42), ("127.0.0.1", first + 41)))
        self.needs = needs
        self.watch = Watch(self.directory / "watch.log")
        self._applications: Process | None = None
        self._load: Process | None = None
        self._watching: Process | None = None

    @property
    def name(self) -> str:
        """What the load balancer calls the first server."""
        return self.product.server_name(self.addresses.servers[0])

    @property
    def configuration(self) -> Path:
        """The file that poise is given."""
        return self.directory / self.product.config

    async def start(self) -> None:
        """All of it; returns when clients are served and poise watches."""
        found = self.product.find()
        if isinstance(found, CouldNot):
            raise LabError(f"{found.what}: {found.reason}")
        self.write()
        needs = self.directory / "poise.toml"
        needs.write_text(self.needs)
        settings = {
            "ports": [server.direct[1] for server in self.addresses.servers],
            "slots": self.plan.slots,
            "service_ms": self.plan.service_ms,
        }
        self._applications = self._spawn("applications", settings, "benchmarks.detection.applications")
        await self._control(self._applications).ready()
        self.live = self.product.live(found, self._supervisor, self.directory)
        await self.live.start()
        await self._until_served()
        load = {
            "host": self.addresses.client[0],
            "port": self.addresses.client[1],
            "rate": self.plan.rate,
            "samples": str(self.directory / "load.csv"),
            "seed": self.plan.seed,
        }
        self._load = self._spawn("load", load, "poise.lab.load")
        await self._control(self._load).ready()
        command = [sys.executable, "-m", "benchmarks.detection.watch", str(self.configuration), str(needs)]
        self._watching = self._supervisor.spawn("watch", command, environment=ENVIRONMENT)
        await self.until(lambda: self.watch.turns > 0, BOUND_SECONDS)

    def _spawn(self, name: str, settings: object, module: str) -> Process:
        command = [sys.executable, "-m", module, json.dumps(settings)]
        return self._supervisor.spawn(name, command, signal.SIGKILL, ENVIRONMENT, control=True)

    @staticmethod
    def _control(process: Process | None) -> Any:
        assert process is not None and process.control is not None
        return process.control

    async def _until_served(self) -> None:
        deadline = time.monotonic() + BOUND_SECONDS
        while time.monotonic() < deadline:
            try:
                async with asyncio.timeout(5.0):
                    if (await fetch(text(self.addresses.client), "/")).status == 200:
                        return
            except (OSError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(POLL_SECONDS)
        raise LabError(f"no answer within {BOUND_SECONDS:g} s; see the logs in {self.directory}")

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Listen to the watch until something is true; whether it came to be. LabError if the watch has ended."""
        deadline = time.monotonic() + seconds
        while True:
            self.watch.listen()
            if true():
                return True
            if time.monotonic() > deadline:
                return False
            if self._watching is not None and not self._watching.running:
                raise LabError(f"the watch ended: {self._watching.last_words(8)}")
            await asyncio.sleep(POLL_SECONDS)

    async def healthy(self, seconds: float, patience: float) -> bool:
        """Wait for so long without an alert; whether it came to be."""
        self.watch.quiet_since = max(self.watch.quiet_since, time.time())
        return await self.until(lambda: not self.watch.active and time.time() - self.watch.quiet_since >= seconds, patience)

    def write(self, weights: Mapping[str, int] | None = None, change: Change | None = None) -> None:
        """Write the files; what runs keeps the old ones until a reload."""
        put = self.product.write or replace_file
        for name, content in self.product.texts(self.plan, self.addresses, self.directory, BalancerSettings(weights or {})).items():
            put(self.directory / name, (change or unchanged)(name, self.change(name, content)))

    def weights(self, *weights: int) -> Mapping[str, int]:
        """By the server's name."""
        return dict(zip(self.plan.names, weights, strict=True))

    async def application(self, command: str, index: int) -> None:
        """`die` or `live`."""
        await self._control(self._applications).call(command, index=index)

    async def sent(self) -> int:
        """Requests so far."""
        return int((await self._control(self._load).call("totals", BOUND_SECONDS))["requests_total"])

    async def stop(self) -> None:
        """End everything."""
        await self._supervisor.stop()
        self._ports.release()
