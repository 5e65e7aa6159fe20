"""One log of a running nginx, a file or messages by syslog: new lines, and what keeps them from us."""

import asyncio
import os.path
import resource
import threading
import time
from contextlib import suppress

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.topology import Topology
from poise.traffic.access import why_not
from poise.traffic.log_tail import LogTail, Taken
from poise.traffic.syslog import SyslogError, SyslogListener

# What nginx is built with where no `access_log` is written, and where relative names begin: Debian's and nginx.org's packages, the sources.
BUILT_IN = "/var/log/nginx/access.log"
PREFIXES = ("/usr/share/nginx", "/etc/nginx", "/usr/local/nginx")
HANGS_SECONDS = 2.0
CLOSING_SECONDS = 1.0
# A socket that is taken may come free.
AGAIN_SECONDS = 5.0


@dataclass(slots=True)
class Looked:
    """What one look gave. `failed`: nothing can be said of the time since the last one."""

    block: bytes = b""
    behind: int = 0
    could_not: tuple[CouldNot, ...] = ()
    failed: bool = False


class FileSource:
    """A log file."""

    def __init__(self, path: str, lost: str) -> None:
        self.name, self._lost = path, lost
        self._tail = LogTail(path)
        self._reading: asyncio.Task[Taken] | None = None
        self._began = 0.0
        # Who reads a disk that hangs closes the file when it is through: under its hands its number could become that of another file.
        self._lock = threading.Lock()
        self._busy, self._closed = False, threading.Event()

    async def look(self, many: bool = False) -> Looked:
        """The lines since the last look, or a part of them. A disk that does not answer holds up nobody; where there are `many` logs it is
        asked here first, as a thread for each of a thousand that mostly stand still would cost a tenth of a core."""
        if self._reading is None:
            if many and self._tail.still():
                return Looked()
            self._began = time.monotonic()
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._read, self._began))
        done, _ = await asyncio.wait([self._reading], timeout=max(0.0, self._began + HANGS_SECONDS - time.monotonic()))
        if not done:
            return Looked(could_not=(self._told(f"reading takes longer than {HANGS_SECONDS:g} s: the disk does not answer"),), failed=True)
        reading, self._reading = self._reading, None
        try:
            taken = reading.result()
        except OSError as error:
            return Looked(could_not=(self._told(why_not(self.name, error)),), failed=True)
        told = tuple(self._told(_NOTICED[each]) for each in taken.noticed if each in _NOTICED)
        return Looked(taken.block, taken.behind, told)

    def _told(self, reason: str) -> CouldNot:
        return CouldNot(self.name, f"{reason}; {self._lost}")

    async def close(self) -> None:
        """Close the file, at once or when a read that hangs is through."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=CLOSING_SECONDS)
            # Nobody asks for it any more.
            self._reading.add_done_callback(lambda late: late.cancelled() or late.exception())
        with self._lock:
            self._closed.set()
            if not self._busy:
                self._tail.close()

    def _read(self, now: float) -> Taken:
        with self._lock:
            if self._closed.is_set():
                return Taken()
            self._busy = True
        try:
            return self._tail.take(now)
        finally:
            with self._lock:
                self._busy = False
                if self._closed.is_set():
                    self._tail.close()


_NOTICED = {
    "line too long": "a line longer than a megabyte was left out",
}


class SyslogSource:
    """Messages by syslog."""

    def __init__(self, address: str, lost: str) -> None:
        self.name, self._lost = f"syslog {address}", lost
        self._listener = SyslogListener(address)
        self._open = False
        self._tried = float("-inf")
        self._refused = ""
        self._kernel_lost = 0

    async def look(self, many: bool = False) -> Looked:
        """The messages since the last look."""
        if not self._open and time.monotonic() - self._tried >= AGAIN_SECONDS:
            self._tried = time.monotonic()
            try:
                await self._listener.open()
                self._open = True
            except SyslogError as error:
                self._refused = str(error)
        if not self._open:
            return Looked(could_not=(CouldNot(self.name, f"{self._refused}; {self._lost}"),), failed=True)
        block, odd, dropped = self._listener.take()
        told = []
        lost, self._kernel_lost = self._kernel_lost, self._listener.lost_by_kernel() or self._kernel_lost
        dropped += self._kernel_lost - lost
        if dropped:
            told.append(CouldNot(self.name, f"{dropped} messages came too fast and are lost: shares hold, counts are too low"))
        if odd:
            told.append(CouldNot(self.name, f"{odd} messages have no head as nginx writes it: does something else send there?"))
        return Looked(block, 0, tuple(told))

    async def close(self) -> None:
        """Close the socket, at once: whoever listens next finds the address free."""
        self._listener.close()
        await asyncio.sleep(0)


def source_of(target: str, topology: Topology, prefix: str | None, lost: str) -> FileSource | SyslogSource:
    """The source of a target as written in the file."""
    if target.startswith("syslog:"):
        words = target.removeprefix("syslog:").split(",")
        server = next((word.removeprefix("server=") for word in words if word.startswith("server=")), "")
        return SyslogSource(server, lost)
    return FileSource(log_path(target, topology, prefix), lost)


def log_path(target: str, topology: Topology, prefix: str | None) -> str:
    """The path of a log; a relative one begins at nginx's prefix, which is looked for."""
    if target.startswith("/"):
        return target
    own = os.path.dirname(os.path.abspath(topology.file))  # noqa: PTH100, PTH120 - names are kept as they were given
    folders = [*([prefix] if prefix else []), *PREFIXES, own, os.path.dirname(own)]  # noqa: PTH120
    name = target or "logs/access.log"
    places = [*([BUILT_IN] if not target and not prefix else []), *(os.path.join(folder, name) for folder in folders)]  # noqa: PTH118
    if not target:
        places.append(BUILT_IN)
    return next((place for place in places if os.path.exists(place)), places[0])  # noqa: PTH110


def room_for(logs: int) -> None:
    """Lets this process hold so many files open, as far as it may: the usual limit of 1,024 is less than some have logs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * logs + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
