"""Which version of a product is installed here, asked of its binary. It may hang, lie or flood: only a number is taken from it."""

import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import field

from poise.model.light import dataclass
from poise.model.regexp import regexp

# The option that prints the version, and what stands before the number in what each product says.
ASKED = {
    "haproxy": ("-v", regexp(rb"HA-?Proxy version (\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)")),
    # OpenResty's version begins with that of the nginx in it.
    "nginx": ("-v", regexp(rb"(?:nginx|openresty)/(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)")),
    "envoy": ("--version", regexp(rb"version: [0-9a-f]{7,40}/(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)")),
}
# Where distributions put daemons, which is not on the PATH of who is not root.
DAEMONS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/sbin")
PATIENCE_SECONDS = 1.0
MOST_BYTES = 4096


@dataclass(slots=True)
class _Asked:
    """A binary that is being asked: its process and the pipe that it answers into."""

    process: int
    pipe: int
    until: float


@dataclass(slots=True)
class Installed:
    """The binaries on `path`. `ask` starts one, `version` waits for its answer: what lies between costs no time."""

    path: str = field(default_factory=lambda: os.environ.get("PATH", ""))
    daemons: tuple[str, ...] = DAEMONS
    _asked: dict[str, _Asked | None] = field(default_factory=dict)
    _known: dict[str, str | None] = field(default_factory=dict)

    def ask(self, product: str) -> None:
        """Start that product's binary, if there is one and it was not asked yet."""
        if product in self._asked or product not in ASKED:
            return
        binary = self._find(product)
        if binary is None:
            self._asked[product] = None
            return
        # Ctrl-C between the start and the note of it would leave a process behind.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._asked[product] = _start(binary, ASKED[product][0])
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def version(self, product: str) -> str | None:
        """The installed version, such as `2.6.12`; None where none is installed or it does not tell in time."""
        if product not in self._known:
            self.ask(product)
            asked = self._asked.get(product)
            found = ASKED[product][1].search(_answer(asked)) if asked else None
            self._known[product] = found[1].decode("ascii") if found else None
        return self._known[product]

    def close(self) -> None:
        """Stop every binary whose answer nobody waited for."""
        for product, asked in self._asked.items():
            if asked is not None and product not in self._known:
                self._known[product] = None
                _stop(asked)

    def _find(self, product: str) -> str | None:
        # A relative folder on the PATH is whatever folder is being audited: nothing in there is run.
        folders = [folder for folder in (*self.path.split(os.pathsep), *self.daemons) if os.path.isabs(folder)]  # noqa: PTH117 - hot path
        paths = (f"{folder.rstrip('/')}/{product}" for folder in dict.fromkeys(folders))
        return next((path for path in paths if os.access(path, os.X_OK) and os.path.isfile(path)), None)  # noqa: PTH113 - hot path


def _start(binary: str, option: str) -> _Asked | None:
    """Start it in a group of its own, with nothing to read. The module `subprocess` would cost more than the binary itself."""
    reading, writing = os.pipe()
    try:
        actions: list[tuple[int, int] | tuple[int, int, int] | tuple[int, int, str, int, int]] = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_DUP2, writing, 2),
        ]
        process = os.posix_spawn(binary, [binary, option], os.environ, file_actions=actions, setpgroup=0, setsigmask=())
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
    return _Asked(process, reading, time.monotonic() + PATIENCE_SECONDS)


def _answer(asked: _Asked) -> bytes:
    """What it said until it ended, said enough or took too long. It does not run any longer then."""
    said = b""
    try:
        while len(said) < MOST_BYTES and select.select([asked.pipe], [], [], max(0.0, asked.until - time.monotonic()))[0]:
            got = os.read(asked.pipe, MOST_BYTES)
            if not got:
                break
            said += got
    finally:
        _stop(asked)
    return said


def _stop(asked: _Asked) -> None:
    """Ctrl-C may come in between, and then this is called again: a step that is done is not done twice."""
    # Most have ended by themselves.
    with suppress(OSError):
        os.killpg(asked.process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(asked.process, 0)
    pipe, asked.pipe = asked.pipe, -1
    if pipe >= 0:
        os.close(pipe)
