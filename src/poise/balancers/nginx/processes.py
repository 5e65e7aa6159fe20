"""When the workers of a running nginx began: what they do is what the file said then."""

import os
import time
from itertools import pairwise
from pathlib import Path

from poise.model.could_not import CouldNot
from poise.model.light import dataclass

# What nginx is built with where no `pid` is written: Debian's, and that of nginx.org's packages and of the sources.
PID_FILES = ("/run/nginx.pid", "/var/run/nginx.pid", "/usr/local/nginx/logs/nginx.pid")
STARTING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Running:
    """One nginx. `workers` are the processes that take connections, `started` when the first of them began, in seconds since the epoch (to
    a hundredth)."""

    master: int
    workers: frozenset[int]
    started: float
    prefix: str | None = None


def running(pid_file: str | None) -> Running | CouldNot:
    """The nginx whose master wrote this pid file."""
    path = pid_file or next((name for name in PID_FILES if Path(name).exists()), PID_FILES[0])
    lost = "whether the file was edited after nginx took it is not known"
    try:
        master = int(Path(path).read_text().strip())
    except FileNotFoundError:
        return CouldNot(path, f"there is no such pid file: nginx does not run here, or writes it elsewhere; {lost}", cause="gone")
    except ValueError:
        # `nginx -t` leaves an empty one where none was.
        return CouldNot(path, f"the pid file cannot be read (no number in it); {lost}", cause="gone")
    except OSError as error:
        return CouldNot(path, f"the pid file cannot be read ({error.strerror or error}); {lost}")
    try:
        words = (Path("/proc") / str(master) / "cmdline").read_bytes()
        born = {pid: began for pid in _children(master) if (began := _worker_began(pid)) is not None}
    except OSError:
        return CouldNot(
            path,
            f"no process {master} is to be seen, which the pid file names: nginx ended, or runs in another container; {lost}",
            cause="gone",
        )
    if not born:
        # `master_process off`: the one process is the worker. A master that starts has none for a moment.
        alone = _began(master)
        if b"nginx" not in words or b"master process" in words or alone is None or time.time() - alone < STARTING_SECONDS:
            return CouldNot(path, f"process {master}, which the pid file names, is no nginx with workers; {lost}")
        born = {master: alone}
    return Running(master, frozenset(born), min(born.values()), _prefix(words))


def may_be_hidden(proc: Path = Path("/proc")) -> bool:
    """Whether an nginx may run here all the same whose process cannot be found by its pid file: this process sees a part of the machine
    alone (a container, hidepid), or an nginx runs in a container, where its number is another one (pid_namespaces(7))."""
    try:
        # The first namespace of pids has this number on every Linux (PROC_PID_INIT_INO).
        if (proc / "self/ns/pid").stat().st_ino != 0xEFFFFFFC or not (proc / "1").exists():
            return True
        return any(_contained(each) for each in proc.iterdir() if each.name.isdigit())
    except OSError:
        return True


def _contained(process: Path) -> bool:
    try:
        if not (process / "cmdline").read_bytes().startswith(b"nginx: master process"):
            return False
        lines = (process / "status").read_text(errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("NSpid:") and len(line.split()) > 2 for line in lines)


def newest_change(files: tuple[str, ...]) -> tuple[float, str] | None:
    """When the last of these files was written, and which; None where none can be asked."""
    found = []
    for name in files:
        try:
            found.append((os.stat(name).st_mtime, name))  # noqa: PTH116
        except (OSError, ValueError):
            continue
    return max(found, default=None)


def _children(master: int) -> list[int]:
    try:
        return [int(word) for word in (Path("/proc") / str(master) / "task" / str(master) / "children").read_text().split()]
    except FileNotFoundError:
        # A kernel without CONFIG_PROC_CHILDREN.
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent(int(entry.name)) == master]


def _worker_began(pid: int) -> float | None:
    """None for what is no worker, and for one that only finishes what it has: it runs with an old file."""
    try:
        title = (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    return _began(pid) if b"worker process" in title and b"shutting down" not in title else None


def _stat(pid: int) -> list[str]:
    try:
        # The name in brackets may hold anything; what counts stands behind it.
        return (Path("/proc") / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    words = _stat(pid)
    return int(words[1]) if len(words) > 1 else None


def _began(pid: int) -> float | None:
    # proc(5): field 22, in clock ticks since the machine started; the name and the pid in front are cut off.
    words = _stat(pid)
    if len(words) < 20:
        return None
    up = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - up + int(words[19]) / os.sysconf("SC_CLK_TCK")


def _prefix(words: bytes) -> str | None:
    """What `-p` says, in the master's title: `nginx: master process /usr/sbin/nginx -p /srv/nginx/ -c …`."""
    parts = words.replace(b"\0", b" ").split()
    return next((os.fsdecode(behind) for option, behind in pairwise(parts) if option == b"-p"), None)
