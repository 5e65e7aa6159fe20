"""Runs the steps of a confirmed Plan against a running HAProxy and its files, and undoes them.

A refused step is a StepResult that says what HAProxy said, never an exception: the caller rolls back.
"""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from poise.balancers.haproxy.control_types import Control, StepResult
from poise.balancers.haproxy.reload import find_master, reload, worker_pid
from poise.balancers.haproxy.rewrite import cannot_write, write
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command, refused
from poise.model.could_not import CouldNot
from poise.model.plan import Edit, Step
from poise.model.topology import Topology

__all__ = ["Control", "StepResult", "admin_socket", "apply", "cannot_persist", "inverse", "undo"]


async def apply(step: Step, topology: Topology, control: Control) -> StepResult:
    """Run one step. runtime: its command on the control socket; file: the edits, checked by `haproxy -c` before they replace the file;
    reload: ask the master and wait until a new worker answers."""
    try:
        if step.where == "runtime":
            return await _runtime(step, topology)
        if step.where == "file":
            return await asyncio.to_thread(write, step, control)
        return await reload(topology, control)
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


async def cannot_persist(steps: Sequence[Step], topology: Topology, control: Control) -> CouldNot | None:
    """Why the file and reload steps among these cannot be run, None where nothing speaks against it. Changes nothing."""
    reason = await asyncio.to_thread(cannot_write, steps, control)
    if reason is None and any(s.where == "reload" for s in steps):
        worker = await worker_pid(topology)
        if topology.control_sockets and worker is None:
            return CouldNot(topology.file, "no worker answers on the control socket, so a reload could not be seen to succeed")
        master = await find_master(topology, control, worker)
        reason = master if isinstance(master, CouldNot) else None
    return reason


def inverse(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that turn the edited file back; offsets count in the edited file."""
    turned: list[Edit] = []
    shift: dict[str, int] = {}
    for edit in sorted(edits, key=lambda e: (e.file, e.start)):
        start, length = edit.start + shift.get(edit.file, 0), len(edit.new.encode("utf-8", "surrogateescape"))
        turned.append(Edit(edit.file, start, start + length, edit.new, edit.old))
        shift[edit.file] = shift.get(edit.file, 0) + length - (edit.end - edit.start)
    return tuple(turned)


def admin_socket(topology: Topology) -> str | None:
    """The address of a control socket that may change things, None if the file names none."""
    return next((s.address for s in topology.control_sockets if s.level == "admin"), None)


async def _runtime(step: Step, topology: Topology) -> StepResult:
    """Every command of the step, or none: what ran before a refusal is taken back."""
    address = admin_socket(topology)
    if address is None:
        return StepResult(
            False, could_not=CouldNot(topology.file, "no 'stats socket … level admin': add one to the global section and reload")
        )
    said = []
    lines = tuple(_commands(step.command))
    for number, line in enumerate(lines):
        try:
            answer = (await command(address, line, timedelta(seconds=3))).strip()
        except RuntimeApiError as error:
            # A command without an answer may have been obeyed: it is taken back as well.
            failed, ran, answer = error.could_not, number + ("no answer" in error.could_not.reason), ""
        else:
            said.append(answer)
            if not refused(answer):
                continue
            failed, ran = CouldNot(address, f"HAProxy refused '{line}': {answer}"), number
        left = await _take_back(address, tuple(_commands(step.undo)), ran, len(lines)) if ran else ()
        if left:
            failed = replace(failed, reason=f"{failed.reason}; and what had run could not be taken back, by hand: {'; '.join(left)}")
        return StepResult(False, answer, failed)
    return StepResult(True, "\n".join(s for s in said if s))


async def _take_back(address: str, back: Sequence[str], ran: int, of: int) -> tuple[str, ...]:
    """Undo the first `ran` of `of` commands, last first; returns the undo commands that did not succeed."""
    left = []
    for line in reversed(back[:ran] if len(back) == of else back):
        try:
            if refused((await command(address, line, timedelta(seconds=3))).strip()):
                left.append(line)
        except RuntimeApiError:
            left.append(line)
    return tuple(left)


def _commands(text: str) -> Iterator[str]:
    """The socket commands in what an operator would type: as they are, or inside `echo "…" | socat …`."""
    for line in text.splitlines():
        words = shlex.split(line.partition("|")[0]) if line.lstrip().startswith(("echo ", "printf ")) else [line]
        joined = " ".join(words[1:]) if len(words) > 1 or words[0] != line else line
        yield from (c.strip() for c in joined.replace("\\n", ";").split(";") if c.strip())
