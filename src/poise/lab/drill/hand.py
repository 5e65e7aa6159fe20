"""Does to a running lab what an act says."""

import asyncio
import os
import re
import signal
from datetime import UTC, datetime

import asyncpg

from poise.balancers.http_fetch import fetch
from poise.lab.addresses import text
from poise.lab.error import LabError
from poise.lab.faults.database_slow import define
from poise.lab.haproxy import ask
from poise.lab.postgres import connect
from poise.lab.stack import Lab
from poise.model.drill import Act
from poise.model.instants import rfc3339

_GONE = re.compile(r"no such|not found|unknown|can't|cannot|invalid", re.IGNORECASE)


class Hand:
    """Acts one after the other. LabError where one cannot be done."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        # What was told to an application survives its restart: it stands for a release on its disk.
        self._told: dict[str, list[Act]] = {}
        self._moves = 0

    async def do(self, act: Act) -> None:
        """One act."""
        lab, values = self._lab, act.values
        match act.kind:
            case "settings":
                lab.write_config(**values)
            case "reload":
                await lab.reload()
            case "rate":
                await lab.set_rate(values["rate"])
            case "app":
                await self._tell(act)
                self._told.setdefault(act.target, []).append(act)
            case "statement":
                await define(lab, values["ms"])
            case "edit":
                self._edit(act.target, values["put"])
            case "admin":
                said = await ask(lab.directory / "admin.sock", values["command"])
                if _GONE.search(said):
                    raise LabError(f"the load balancer refuses {values['command']!r}: {said.strip()}")
            case "sql":
                await self._sql(act.target)
            case "restart":
                await self._restart(act.target)
            case "choke":
                await self._choke(bool(values.get("on", True)))
            case "wait":
                await asyncio.sleep(values["seconds"])
            case "probe":
                await self._probe(act.target, values["timeout_ms"], values["count"])
            case "move":
                await self._move()

    def _edit(self, pattern: str, put: str) -> None:
        path = self._lab.config_path
        put = put.replace("NOBODY", f"127.0.0.1:{self._lab.last_port}")
        written, count = re.subn(pattern, put, path.read_text(), flags=re.MULTILINE)
        if not count:
            raise LabError(f"{path.name} holds nothing like {pattern!r}: the drill's edit does not fit the file")
        path.write_text(written)

    async def _sql(self, statement: str) -> None:
        session = await connect(self._lab.addresses.database.direct[1])
        try:
            await session.execute(statement)
        except asyncpg.PostgresError as error:
            raise LabError(f"PostgreSQL refuses {statement!r}: {error}") from error
        finally:
            await session.close()

    async def _restart(self, what: str) -> None:
        if what == "load-balancer":
            await self._lab.restart_balancer()
        elif what == "database":
            await self._lab.restart_database()
        else:
            await self._lab.restart_application(what)
            for act in self._told.get(what, ()):
                await self._tell(act)

    async def _tell(self, act: Act) -> None:
        words = {key: value for key, value in act.values.items() if key != "command"}
        await self._lab.control(act.target).call(act.values["command"], **words)

    async def _probe(self, name: str, timeout_ms: float, count: int) -> None:
        """A monitor that asks for the page and gives up after so long; it writes its log into the trainee's folder."""
        with (self._lab.directory / f"{name}.log").open("a") as log:
            for _ in range(count):
                began = asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(timeout_ms / 1000.0):
                        said = f"{(await fetch(text(self._lab.addresses.client), '/')).status}"
                except (OSError, ValueError, TimeoutError) as error:
                    said = "FAIL gave up" if isinstance(error, TimeoutError) else f"FAIL {error}"
                taken = (asyncio.get_running_loop().time() - began) * 1000.0
                stamp = rfc3339(datetime.now(UTC), "milliseconds")
                log.write(f"{stamp} {name} GET / {said} after {taken:.0f} ms (timeout {timeout_ms:.0f} ms)\n")
                log.flush()
                await asyncio.sleep(0.3)

    async def _move(self) -> None:
        """The applications are at another address from now on, and their name says so."""
        self._moves += 1
        host = f"127.0.0.{1 + self._moves % 250}"
        for server in self._lab.addresses.servers:
            await self._lab.control("paths").call("move", port=server.path[1], host=host)
        await self._lab.control("dns").call("address", address=host)

    async def _choke(self, on: bool) -> None:
        """The clients' program is stopped where it stands, as by `kill -STOP`; or ended and started again: if it merely went on, all that
        was due meanwhile would come at once."""
        for process in self._lab.processes:
            if process.name == "load" and on:
                os.kill(process.popen.pid, signal.SIGSTOP)
            elif process.name == "load":
                await self._lab.restart_load()
