"""The lab's HAProxy: start, reload without loss, restart from its file."""

import asyncio
import signal
from pathlib import Path

from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.config import CONFIG, texts
from poise.lab.error import LabError
from poise.lab.processes import Process, Supervisor
from poise.lab.product import Product, Taking, nothing

_BOUND_SECONDS = 20.0


async def ask(socket_path: Path, command: str, timeout_seconds: float = 2.0) -> str:
    """One command on a stats or master socket. OSError if nobody listens.

    We half-close after sending: HAProxy 2.8's master socket keeps the connection open otherwise.
    """
    async with asyncio.timeout(timeout_seconds):
        reader, writer = await asyncio.open_unix_connection(socket_path)
        try:
            writer.write(command.encode() + b"\n")
            writer.write_eof()
            return (await reader.read()).decode(errors="replace")
        finally:
            writer.close()


class LiveHaproxy:
    """One master with its workers, run from haproxy.cfg."""

    def __init__(self, found: Haproxy, supervisor: Supervisor, directory: Path) -> None:
        self._found, self._supervisor, self._config = found, supervisor, directory / CONFIG
        self._admin, self._master = directory / "admin.sock", directory / "master.sock"
        self._process: Process | None = None

    async def start(self) -> None:
        """Starts the master and waits until a worker answers. LabError with HAProxy's own words otherwise."""
        await self.check()
        command = [str(self._found.path), "-W", "-S", f"{self._master},mode,600", "-f", str(self._config)]
        self._process = self._supervisor.spawn("haproxy", command, signal.SIGTERM, self._found.environment)
        await self._until_worker_is_not(None)

    async def check(self) -> None:
        """`haproxy -c`; LabError if the file is not valid."""
        command = [str(self._found.path), "-c", "-f", str(self._config)]
        process = self._supervisor.spawn("haproxy-check", command, environment=self._found.environment)
        code = await process.ended(_BOUND_SECONDS)
        await self._supervisor.end(process)
        if code != 0:
            raise LabError(f"HAProxy {self._found.version} refuses {self._config}: {process.last_words(5)}")

    async def worker(self) -> int | None:
        """The pid of the worker that owns the stats socket, None while none answers."""
        try:
            info = await ask(self._admin, "show info")
        except (OSError, TimeoutError):
            return None
        return next((int(line[5:]) for line in info.splitlines() if line.startswith("Pid: ")), None)

    async def reload(self, taking: Taking = nothing) -> None:
        """A new worker takes over with the file as it is now; the old one finishes what it has. Returns when the new one answers."""
        await self.check()
        before = await self.worker()
        await self._master_answers()
        taking()
        await ask(self._master, "reload", _BOUND_SECONDS)
        await self._until_worker_is_not(before)

    async def restart(self) -> None:
        """Ends the master and all workers and starts from the file: what was only told at run time is gone. Loses requests."""
        await self.end()
        await self.start()

    async def end(self) -> None:
        """Ends the master and all workers."""
        if self._process is not None:
            await self._supervisor.end(self._process)

    async def _master_answers(self) -> None:
        # SIGUSR2 or a reload in the first 0.1 s of `haproxy -W` can be lost.
        deadline = asyncio.get_running_loop().time() + _BOUND_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                await ask(self._master, "show proc")
                return
            except (OSError, TimeoutError):
                await asyncio.sleep(0.02)
        raise LabError(f"HAProxy's master does not answer on {self._master}: {self._words()}")

    async def _until_worker_is_not(self, before: int | None) -> None:
        deadline = asyncio.get_running_loop().time() + _BOUND_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if (now := await self.worker()) is not None and now != before:
                return
            if self._process is not None and not self._process.running:
                break
            await asyncio.sleep(0.02)
        raise LabError(f"no new HAProxy worker answered on {self._admin} within {_BOUND_SECONDS:g} s: {self._words()}")

    def _words(self) -> str:
        return self._process.last_words() if self._process is not None else "it was never started"


HAPROXY = Product("haproxy", CONFIG, texts, find_haproxy, LiveHaproxy, lambda server: server.name)
