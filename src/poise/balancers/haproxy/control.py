"""Runs the steps of a confirmed Plan against a running HAProxy and its files, and undoes them.

A refused step is a StepResult that says what HAProxy said, never an exception: the caller rolls back.
"""

import asyncio
import os
import shlex
import signal
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from poise.balancers.haproxy import stats_csv
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command, refused
from poise.model.could_not import CouldNot
from poise.model.plan import Edit, Step
from poise.model.topology import Topology


@dataclass(frozen=True, slots=True)
class Control:
    """How to act on one HAProxy. `config_files` in the order of its `-f` options, empty for the edited one alone.

    `environment` is what its binary needs (LD_LIBRARY_PATH); `master_socket` the address given to `-S`; `pid_file` holds the master's pid;
    `bound` is how long a reload may take.
    """

    config_files: tuple[str, ...] = ()
    haproxy: str = "haproxy"
    environment: Mapping[str, str] = field(default_factory=dict)
    master_socket: str | None = None
    pid_file: str | None = None
    bound: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step. `output` is what HAProxy said."""

    ok: bool
    output: str = ""
    could_not: CouldNot | None = None


async def apply(step: Step, topology: Topology, control: Control) -> StepResult:
    """Run one step. runtime: its command on the control socket; file: the edits, checked by `haproxy -c` before they replace the file;
    reload: ask the master and wait until a new worker answers."""
    try:
        if step.where == "runtime":
            return await _runtime(step.command, topology)
        if step.where == "file":
            return await asyncio.to_thread(_write, step, control)
        return await _reload(topology, control)
    except RuntimeApiError as error:
        return StepResult(False, could_not=error.could_not)
    except OSError as error:
        return StepResult(
            False, could_not=CouldNot(str(error.filename or step.command), f"{error.strerror}: nothing was changed by this step")
        )


async def undo(step: Step, topology: Topology, control: Control) -> StepResult:
    """Run the inverse of a step that was applied: the undo command, the edits turned round, or another reload."""
    return await apply(
        replace(step, what=f"undo: {step.what}", command=step.undo, undo=step.command, edits=inverse(step.edits)), topology, control
    )


def inverse(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that turn the edited file back; offsets count in the edited file."""
    turned: list[Edit] = []
    shift: dict[str, int] = {}
    for edit in sorted(edits, key=lambda e: (e.file, e.start)):
        start, length = edit.start + shift.get(edit.file, 0), len(edit.new.encode())
        turned.append(Edit(edit.file, start, start + length, edit.new, edit.old))
        shift[edit.file] = shift.get(edit.file, 0) + length - (edit.end - edit.start)
    return tuple(turned)


def admin_socket(topology: Topology) -> str | None:
    """The address of a control socket that may change things, None if the file names none."""
    return next((s.address for s in topology.control_sockets if s.level == "admin"), None)


async def _runtime(text: str, topology: Topology) -> StepResult:
    address = admin_socket(topology)
    if address is None:
        return StepResult(
            False, could_not=CouldNot(topology.file, "no 'stats socket … level admin': add one to the global section and reload")
        )
    said = []
    for line in _commands(text):
        answer = (await command(address, line, timedelta(seconds=3))).strip()
        said.append(answer)
        if refused(answer):
            return StepResult(False, answer, CouldNot(address, f"HAProxy refused '{line}': {answer}"))
    return StepResult(True, "\n".join(s for s in said if s))


def _commands(text: str) -> Iterator[str]:
    """The socket commands in what an operator would type: as they are, or inside `echo "…" | socat …`."""
    for line in text.splitlines():
        words = shlex.split(line.partition("|")[0]) if line.lstrip().startswith(("echo ", "printf ")) else [line]
        joined = " ".join(words[1:]) if len(words) > 1 or words[0] != line else line
        yield from (c.strip() for c in joined.replace("\\n", ";").split(";") if c.strip())


def _write(step: Step, control: Control) -> StepResult:
    by_file: dict[str, list[Edit]] = {}
    for edit in step.edits:
        by_file.setdefault(edit.file, []).append(edit)
    if not by_file:
        return StepResult(False, could_not=CouldNot(step.what, "a file step without edits: nothing to write"))
    made: dict[Path, Path] = {}
    try:
        for name, edits in by_file.items():
            # A link stays a link: what it points at is replaced.
            place = Path(name).resolve(strict=True)
            old = place.read_bytes()
            moved = next((e for e in edits if old[e.start : e.end] != e.old.encode()), None)
            if moved is not None:
                why = f"the file changed since it was read: {moved.old!r} no longer stands at byte {moved.start}; make a new plan"
                return StepResult(False, could_not=CouldNot(name, why, old[: moved.start].count(b"\n") + 1))
            made[place] = _beside(place, _edited(old, edits))
        checked = _check(control, made)
        if not checked.ok:
            return checked
        for place, new in made.items():
            new.replace(place)
            _sync_folder(place.parent)
        return StepResult(True, checked.output)
    finally:
        for new in made.values():
            with suppress(FileNotFoundError):
                new.unlink()


def _edited(old: bytes, edits: Sequence[Edit]) -> bytes:
    text = old
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.new.encode() + text[edit.end :]
    return text


def _beside(place: Path, text: bytes) -> Path:
    """The new text in a file beside the old one (rename is atomic only within a file system), with its mode and owner, on disk."""
    was = place.stat()
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".cfg", dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        os.fchmod(handle, stat.S_IMODE(was.st_mode))
        if (was.st_uid, was.st_gid) != (os.getuid(), os.getgid()):
            os.fchown(handle, was.st_uid, was.st_gid)
        file.flush()
        os.fsync(handle)
    return Path(name)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(control: Control, replaced: Mapping[Path, Path]) -> StepResult:
    import subprocess  # noqa: PLC0415 - only a repair needs it

    files = [str(replaced.get(Path(f).resolve(), Path(f))) for f in control.config_files] or [str(p) for p in replaced.values()]
    arguments = [control.haproxy, "-c", *(a for f in files for a in ("-f", f))]
    try:
        done = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            timeout=control.bound.total_seconds(),
            env={**os.environ, **control.environment},
            check=False,
        )
    except FileNotFoundError:
        return StepResult(
            False, could_not=CouldNot(control.haproxy, "not found: name HAProxy's binary, its check must pass before a file is replaced")
        )
    except subprocess.TimeoutExpired:
        return StepResult(False, could_not=CouldNot(" ".join(arguments), "the check did not end in time; the file was not replaced"))
    output = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        return StepResult(
            False,
            output,
            CouldNot(" ".join(arguments), f"HAProxy's own check rejects the new text, the file stays as it was: {output[-400:]}"),
        )
    return StepResult(True, output)


async def _reload(topology: Topology, control: Control) -> StepResult:
    before = await _worker_pid(topology)
    output = ""
    if control.master_socket:
        try:
            output = await command(control.master_socket, "reload", control.bound)
        except RuntimeApiError as error:
            # A master that executes itself anew may reset the connection that asked for it; whether it reloaded is seen below.
            if "reset" not in error.could_not.reason:
                raise
        if "Success=0" in output:
            return StepResult(
                False, output, CouldNot(control.master_socket, f"the new worker did not start, the old one goes on: {output[-400:]}")
            )
    else:
        pid_file = control.pid_file or topology.pid_file
        if pid_file is None:
            advice = "no master socket (-S) and no pid file: reload it yourself, for example 'systemctl reload haproxy'"
            return StepResult(False, could_not=CouldNot(topology.file, advice))
        text = await asyncio.to_thread(Path(pid_file).read_text)
        if not text.split() or not text.split()[0].isdigit():
            return StepResult(False, could_not=CouldNot(pid_file, "holds no process id: is HAProxy running in master-worker mode (-W)?"))
        try:
            os.kill(int(text.split()[0]), signal.SIGUSR2)
        except ProcessLookupError:
            return StepResult(False, could_not=CouldNot(pid_file, f"names process {text.strip()}, which does not run: a stale pid file"))
        except PermissionError:
            return StepResult(False, could_not=CouldNot(pid_file, "may not signal the master: run as its user, or reload it yourself"))
    if not topology.control_sockets:
        return StepResult(
            True, output, CouldNot(topology.file, "without a 'stats socket' it cannot be seen whether the new worker answers")
        )
    return await _until_new_worker(before, topology, control, output)


async def _until_new_worker(before: int | None, topology: Topology, control: Control, output: str) -> StepResult:
    loop = asyncio.get_running_loop()
    end = loop.time() + control.bound.total_seconds()
    while loop.time() < end:
        pid = await _worker_pid(topology)
        if pid is not None and pid != before:
            return StepResult(True, output or f"worker {pid} answers")
        await asyncio.sleep(0.05)
    why = f"after {control.bound.total_seconds():g} s the worker with pid {before} still answers: see HAProxy's log"
    return StepResult(False, output, CouldNot(topology.file, why))


async def _worker_pid(topology: Topology) -> int | None:
    for socket in topology.control_sockets:
        with suppress(RuntimeApiError):
            pid = stats_csv.info(await command(socket.address, "show info", timedelta(seconds=1))).get("Pid", "")
            return int(pid) if pid.isdigit() else None
    return None
