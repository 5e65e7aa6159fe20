"""Runs a plan step by step, waits for the proof that it helped, and undoes it when it did not."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from poise.balancers.haproxy import control as haproxy
from poise.balancers.haproxy.control import Control, StepResult
from poise.diagnosis.proof import Proof
from poise.model.could_not import CouldNot
from poise.model.plan import Plan, Step
from poise.model.topology import Topology

Look = Callable[[datetime], Awaitable[Proof]]
Tell = Callable[[str], None]
T = TypeVar("T")


class Hand(Protocol):
    """What acts on a load balancer: a module such as `poise.balancers.haproxy.control`."""

    def apply(self, step: Step, topology: Topology, control: Control) -> Coroutine[Any, Any, StepResult]:
        """Run one step."""

    def undo(self, step: Step, topology: Topology, control: Control) -> Coroutine[Any, Any, StepResult]:
        """Take back a step that ran."""

    def cannot_persist(self, steps: Sequence[Step], topology: Topology, control: Control) -> Coroutine[Any, Any, CouldNot | None]:
        """Why the file and reload steps among these cannot run."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How a repair ended. `applied` means that the steps that were run still stand, all or (where undoing failed) some; `verified` that
    the proof was given; `rolled_back` that the steps that ran were undone. `reason` is empty when verified. A verified repair with
    something in `could_not` stands, but not after the next reload, or what it says there was not seen."""

    applied: bool
    verified: bool
    rolled_back: bool
    reason: str
    proof: Proof | None
    could_not: tuple[CouldNot, ...] = ()


@dataclass(slots=True)
class _Run:
    """One run: where it acts, and what it did so far."""

    topology: Topology
    control: Control
    tell: Tell
    hand: Hand
    done: list[Step] = field(default_factory=list)


async def persistent_part(plan: Plan, topology: Topology, control: Control, hand: Hand = haproxy) -> tuple[Plan, CouldNot | None]:
    """The plan without its file and reload steps where these cannot be run, and why. Its risk then says what a person must do."""
    lasting = [s for s in plan.steps if s.where != "runtime"]
    reason = await hand.cannot_persist(lasting, topology, control) if lasting else None
    if reason is None:
        return plan, None
    rest = tuple(s for s in plan.steps if s.where == "runtime")
    by_hand = "by hand: " + "; then ".join(s.what if s.where == "file" else s.command for s in lasting)
    fate = "applied at run time only, the next reload undoes it" if rest else "nothing is applied"
    told = f"{fate} ({reason.what}: {reason.reason}); {by_hand}"
    steps = replace(plan, steps=rest, risk="; ".join(filter(None, (told, plan.risk))))
    return (steps if rest else replace(steps, advice=told)), CouldNot(reason.what, f"{fate}: {reason.reason}; {by_hand}", reason.line)


async def repair(
    plan: Plan,
    topology: Topology,
    control: Control,
    look: Look,
    limit: timedelta,
    tell: Tell,
    hand: Hand = haproxy,
) -> Repair:
    """Run every step, then call `look(since)` until its proof holds or `limit` is over. `look` waits for the next figures and judges them.

    A step that fails and a proof that does not come undo the steps that ran, last first. So does every exception, of `look` and `tell`
    too, and an interruption (Ctrl-C cancels the task): it is raised again when all is undone, with a note that says what became of it.
    Steps on the file are left out from the start where they cannot be run: a working fix at run time is not taken back for them.
    """
    run = _Run(topology, control, tell, hand)
    noted: list[CouldNot] = []
    try:
        plan, unwritten = await persistent_part(plan, topology, control, hand)
        if unwritten is not None:
            noted.append(unwritten)
            tell(f"left out: {unwritten.reason}")
        if not plan.steps:
            return Repair(False, False, False, "no step of the plan can be run", None, tuple(noted))
        for step in plan.steps:
            result = await _step(step, run)
            if not result.ok:
                failed = result.could_not or CouldNot(step.what, result.output or "refused without a word")
                tell(f"failed: {step.what}: {failed.reason}")
                return await _finish(_roll_back(run, f"{step.what}: {failed.reason}", None, (*noted, failed)))
            if result.could_not is not None:
                noted.append(result.could_not)
            tell(f"done: {step.what}")
        proof = await _until_proven(look, limit)
        if proof.proven:
            return Repair(True, True, False, "", proof, tuple(noted))
        reason = f"not proven within {limit.total_seconds():.0f} s: {proof.reason}"
        return await _finish(_roll_back(run, reason, proof, tuple(noted)))
    except (Exception, asyncio.CancelledError) as error:
        outcome = await _finish(_roll_back(run, "interrupted", None, ()))
        error.add_note(_fate(outcome))
        raise


async def _step(step: Step, run: _Run) -> StepResult:
    """Run one step to its end, whatever happens meanwhile: a step that was cancelled halfway could be neither counted nor undone."""
    task = asyncio.ensure_future(run.hand.apply(step, run.topology, run.control))
    try:
        result = await asyncio.shield(task)
    except asyncio.CancelledError:
        result = await _finish(task)
        if result.ok:
            run.done.append(step)
        raise
    if result.ok:
        run.done.append(step)
    return result


async def _finish(work: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """Wait for it to the end, however often this task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()


async def _until_proven(look: Look, limit: timedelta) -> Proof:
    since = datetime.now(UTC)
    while True:
        proof = await look(since)
        if proof.proven or datetime.now(UTC) > since + limit:
            return proof


async def _roll_back(run: _Run, reason: str, proof: Proof | None, problems: Sequence[CouldNot]) -> Repair:
    left: list[CouldNot] = []
    undone, run.done = _backwards(run.done), []
    for step in undone:
        try:
            result = await run.hand.undo(step, run.topology, run.control)
        except Exception as error:
            result = StepResult(False, could_not=CouldNot(step.what, f"{type(error).__name__}: {error}"))
        if not result.ok:
            why = result.could_not or CouldNot(step.what, result.output or "refused without a word")
            left.append(CouldNot(why.what, f"could not undo '{step.what}': {why.reason}; by hand: {step.undo}", why.line))
        # The undoing goes on though nobody can be told any more: a closed terminal, a full disk.
        with suppress(Exception):
            run.tell(f"undone: {step.what}" if result.ok else f"could not undo: {step.what}; by hand: {step.undo}")
    return Repair(bool(left), False, bool(undone) and not left, reason, proof, (*problems, *left))


def _backwards(done: Sequence[Step]) -> list[Step]:
    """Last first; but a reload follows the files, so that the process reads them as they were, and run-time values come behind it."""
    files, reloads, rest = ([s for s in reversed(done) if s.where == w] for w in ("file", "reload", "runtime"))
    return [*files, *reloads[:1], *rest]


def _fate(outcome: Repair) -> str:
    if outcome.applied:
        return "; ".join(p.reason for p in outcome.could_not)
    return "what was applied is undone" if outcome.rolled_back else "nothing was applied"
