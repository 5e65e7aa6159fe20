"""Every process of a lab: started so that none can outlive it, stopped quickly and in any state."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poise.lab.error import LabError

_CHILD = str(Path(__file__).with_name("child.py"))
_POLL_SECONDS = 0.01


class Control:
    """The parent's end of a child's control line: one JSON object a line each way, answered in order."""

    def __init__(self, name: str, end: socket.socket) -> None:
        self._name, self._end = name, end
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def _line(self) -> Mapping[str, object]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._end)
        line = await self._streams[0].readline()
        if not line:
            raise LabError(f"{self._name} ended; see {self._name}.log in the lab's directory for its last words")
        answer: Mapping[str, object] = json.loads(line)
        if "error" in answer:
            raise LabError(f"{self._name}: {answer['error']}")
        return answer

    async def ready(self, timeout_seconds: float = 60.0) -> Mapping[str, object]:
        """Waits for the child's first line, which it writes when it serves."""
        async with self._turn:
            return await self._bounded(timeout_seconds)

    async def call(self, command: str, timeout_seconds: float = 5.0, **arguments: object) -> Mapping[str, object]:
        """Sends a command and waits for its answer. LabError if the child refuses, ended, or is silent."""
        async with self._turn:
            if self._streams is None:
                self._streams = await asyncio.open_connection(sock=self._end)
            self._streams[1].write(json.dumps({"command": command, **arguments}).encode() + b"\n")
            return await self._bounded(timeout_seconds)

    async def _bounded(self, seconds: float) -> Mapping[str, object]:
        try:
            return await asyncio.wait_for(self._line(), seconds)
        except TimeoutError:
            raise LabError(f"{self._name} said nothing for {seconds:g} s; is the machine overloaded?") from None
        except ConnectionError as error:
            raise LabError(f"{self._name} hung up ({error}); see {self._name}.log in the lab's directory") from None

    def close(self) -> None:
        """Hangs up; a child that has only this line to live for ends."""
        if self._streams is not None:
            self._streams[1].close()
        self._end.close()


@dataclass(slots=True)
class Process:
    """One running program. `stop_signal` is what makes it end at once and take its own children along."""

    name: str
    popen: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path
    control: Control | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def last_words(self, lines: int = 3) -> str:
        """The end of its log, for error messages."""
        try:
            return " | ".join(self.log.read_text(errors="replace").strip().splitlines()[-lines:]) or "(no output)"
        except OSError as error:
            return f"(log not readable: {error})"

    async def ended(self, timeout_seconds: float) -> int | None:
        """The exit code once it has ended, None if it has not within the time."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while (code := self.popen.poll()) is None:
            if asyncio.get_running_loop().time() >= deadline:
                return None
            await asyncio.sleep(_POLL_SECONDS)
        return code

    async def stop(self) -> None:
        """Ends it: its own signal first, SIGKILL after 1 s."""
        if self.control is not None:
            self.control.close()
        if self.running:
            if self.stop_signal is signal.SIGKILL:
                # The whole session: initdb's own children would finish their step first (0.6 s).
                os.killpg(self.popen.pid, signal.SIGKILL)
            else:
                self.popen.send_signal(self.stop_signal)
            if await self.ended(1.0) is None:
                self.popen.kill()
                await self.ended(1.0)


class Supervisor:
    """Starts programs with their logs in one directory, from the thread that must outlive them.

    The kernel's death signal fires when the spawning *thread* ends, so all starts must come from the same long-lived (main) thread.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._processes: list[Process] = []
        self._stopping = False

    @property
    def processes(self) -> tuple[Process, ...]:
        """All that were started and not yet forgotten, oldest first."""
        return tuple(self._processes)

    def spawn(
        self,
        name: str,
        command: Sequence[str],
        stop_signal: signal.Signals = signal.SIGKILL,
        environment: Mapping[str, str] | None = None,
        account: str = "-",
        control: bool = False,
        keep_open: tuple[int, ...] = (),
    ) -> Process:
        """Starts one program in a session of its own (Ctrl-C reaches the lab alone); output goes to NAME.log.
        `keep_open` are file descriptors that it inherits.

        There is no await between the start and the entry in the list: a start that is cancelled anywhere leaves nothing unlisted.
        """
        if self._stopping:
            raise LabError(f"{name} was not started: the lab is stopping")
        ours, theirs = socket.socketpair() if control else (None, None)
        log = self._directory / f"{name}.log"
        try:
            with log.open("ab") as output:
                popen = subprocess.Popen(
                    [sys.executable, "-I", "-S", _CHILD, str(int(stop_signal)), str(os.getpid()), account, "--", *command],
                    stdin=theirs.fileno() if theirs is not None else subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **(environment or {})},
                    cwd=self._directory,
                    start_new_session=True,
                    pass_fds=keep_open,
                )
        except OSError as error:
            raise LabError(f"{name} was not started: {error}; check memory and process limits (ulimit -u)") from error
        finally:
            if theirs is not None:
                theirs.close()
        process = Process(name, popen, stop_signal, log, Control(name, ours) if ours is not None else None)
        self._processes.append(process)
        return process

    async def end(self, process: Process) -> None:
        """Stops one and forgets it."""
        await process.stop()
        if process in self._processes:
            self._processes.remove(process)

    async def stop(self) -> None:
        """Stops all, newest first but without waiting in between. Safe to call twice and while something starts."""
        self._stopping = True
        await asyncio.gather(*(self.end(p) for p in reversed(self._processes)))
