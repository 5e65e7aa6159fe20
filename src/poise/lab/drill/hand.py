"""Does to a running lab what an act says."""

import asyncio
import os
import re
import signal

import asyncpg

from poise.lab.error import LabError
from poise.lab.faults.database_slow import define
from poise.lab.haproxy import ask
from poise.lab.postgres import connect
from poise.lab.stack import Lab
from poise.model.drill import Act

_GONE = re.compile(r"no such|not found|unknown|can't|cannot|invalid", re.IGNORECASE)


class Hand:
    """Acts one after the other. LabError where one cannot be done."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

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
                await lab.control(act.target).call(values["command"], **{k: v for k, v in values.items() if k != "command"})
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
                self._choke(bool(values.get("on", True)))
            case "wait":
                await asyncio.sleep(values["seconds"])

    def _edit(self, pattern: str, put: str) -> None:
        path = self._lab.config_path
        text, count = re.subn(pattern, put, path.read_text(), flags=re.MULTILINE)
        if not count:
            raise LabError(f"{path.name} holds nothing like {pattern!r}: the drill's edit does not fit the file")
        path.write_text(text)

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

    def _choke(self, on: bool) -> None:
        """The clients' program is stopped where it stands, as by `kill -STOP`, or goes on."""
        for process in self._lab.processes:
            if process.name == "load":
                os.kill(process.popen.pid, signal.SIGSTOP if on else signal.SIGCONT)
