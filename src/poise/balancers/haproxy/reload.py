"""Reloads HAProxy through its master, after making sure that it is the master of the process that answers, and waits for a new worker."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from poise.balancers.haproxy import stats_csv
from poise.balancers.haproxy.control_types import Control, StepResult
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.topology import Topology

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Master:
    """How the master can be told to reload: by its socket, or by a signal to its pid."""

    socket: str | None = None
    pid: int | None = None


async def find_master(topology: Topology, control: Control, worker: int | None) -> Master | CouldNot:
    """The way to a reload: the named master socket, the named pid file, else the usual ones if they belong to `worker`."""
    if control.master_socket:
        try:
            await command(control.master_socket, "show proc", timedelta(seconds=3))
        except RuntimeApiError as error:
            return error.could_not
        return Master(socket=control.master_socket)
    named = control.pid_file or topology.pid_file
    if named is not None:
        return _master_of(named, control, worker)
    if worker is not None:
        with suppress(RuntimeApiError):
            if str(worker) in (await command(control.usual_master_socket, "show proc", timedelta(seconds=1))).split():
                return Master(socket=control.usual_master_socket)
        usual = _master_of(control.usual_pid_file, control, worker)
        if isinstance(usual, Master):
            return usual
    advice = "no master socket (-S) and no pid file: reload it yourself, for example 'systemctl reload haproxy'"
    return CouldNot(topology.file, advice)


def _master_of(pid_file: str, control: Control, worker: int | None) -> Master | CouldNot:
    """The process that the file names, provided that SIGUSR2 is a reload to it: to any other process than a master it is death."""
    try:
        words = Path(pid_file).read_bytes().split()
    except OSError as error:
        return CouldNot(pid_file, f"{error.strerror}: no reload without the master's pid; name its socket with --master-socket")
    pid = int(words[0]) if words and words[0].isdigit() and len(words[0]) < 10 else 0
    if pid <= 1:
        return CouldNot(pid_file, "holds no process id: is HAProxy running in master-worker mode (-W)?")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return CouldNot(pid_file, f"names process {pid}, which does not run: a stale pid file")
    except PermissionError:
        return CouldNot(pid_file, "may not signal the master: run as its user, or reload it yourself")
    name = _told(PROC / str(pid) / "comm")
    if name is not None and name not in ("haproxy", Path(control.haproxy).name[:15]):
        return CouldNot(pid_file, f"names process {pid}, which is {name!r} and not haproxy: a stale pid file")
    if worker is not None and (worker == pid or _parent(worker) not in (None, pid)):
        why = f"process {pid} is not the master of the worker {worker} that answers: is HAProxy in master-worker mode (-W)?"
        return CouldNot(pid_file, why)
    if worker is None and _told(PROC / str(pid) / "task" / str(pid) / "children") == "":
        return CouldNot(pid_file, f"process {pid} has no worker: is HAProxy running in master-worker mode (-W)?")
    return Master(pid=pid)


def _told(place: Path) -> str | None:
    """What the kernel says there, None where it says nothing (no /proc, or not ours to read)."""
    try:
        return place.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _parent(pid: int) -> int | None:
    status = _told(PROC / str(pid) / "status") or ""
    found = next((line.split()[1] for line in status.splitlines() if line.startswith("PPid:")), "")
    return int(found) if found.isdigit() else None


async def reload(topology: Topology, control: Control) -> StepResult:
    """Ask the master and wait until a worker with another pid answers. Raises RuntimeApiError where the master's socket does not answer."""
    before = await worker_pid(topology)
    if topology.control_sockets and before is None:
        why = "no worker answers on the control socket, so a new one could not be told from the old: nothing was reloaded"
        return StepResult(False, could_not=CouldNot(topology.file, why))
    master = await find_master(topology, control, before)
    if isinstance(master, CouldNot):
        return StepResult(False, could_not=master)
    output = ""
    if master.socket is not None:
        try:
            output = await command(master.socket, "reload", control.bound)
        except RuntimeApiError as error:
            # A master that executes itself anew may reset the connection that asked for it; whether it reloaded is seen below.
            if "reset" not in error.could_not.reason:
                raise
        if "Success=0" in output:
            why = f"the new worker did not start, the old one goes on: {output[-400:]}"
            return StepResult(False, output, CouldNot(master.socket, why))
    elif master.pid is not None:
        os.kill(master.pid, signal.SIGUSR2)
    if before is None:
        return StepResult(
            True, output, CouldNot(topology.file, "without a 'stats socket' it cannot be seen whether the new worker answers")
        )
    return await _until_new_worker(before, topology, control, output)


async def _until_new_worker(before: int, topology: Topology, control: Control, output: str) -> StepResult:
    loop = asyncio.get_running_loop()
    end = loop.time() + control.bound.total_seconds()
    while loop.time() < end:
        pid = await worker_pid(topology)
        if pid is not None and pid != before:
            return StepResult(True, output or f"worker {pid} answers")
        await asyncio.sleep(0.05)
    why = f"after {control.bound.total_seconds():g} s the worker with pid {before} still answers, or none: see HAProxy's log"
    return StepResult(False, output, CouldNot(topology.file, why))


async def worker_pid(topology: Topology) -> int | None:
    """The pid of the worker that answers on the control socket, None where none does."""
    for socket in topology.control_sockets:
        with suppress(RuntimeApiError):
            pid = stats_csv.info(await command(socket.address, "show info", timedelta(seconds=1))).get("Pid", "")
            return int(pid) if pid.isdigit() else None
    return None
