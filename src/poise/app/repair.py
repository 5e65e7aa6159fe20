"""Runs a plan step by step, waits for the proof that it helped, and undoes it when it did not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from poise.balancers.haproxy import control as haproxy
from poise.balancers.haproxy.control import Control
from poise.diagnosis.proof import Proof
from poise.model.could_not import CouldNot
from poise.model.plan import Plan, Step
from poise.model.topology import Topology


@dataclass(frozen=True, slots=True)
class Repair:
    """How a repair ended. `applied` means that every step ran and still stands; `verified` that the proof was given;
    `rolled_back` that the steps that ran were undone. `reason` is empty when verified."""

    applied: bool
    verified: bool
    rolled_back: bool
    reason: str
    proof: Proof | None
    could_not: tuple[CouldNot, ...] = ()


async def repair(
    plan: Plan,
    topology: Topology,
    control: Control,
    look: Callable[[datetime], Awaitable[Proof]],
    limit: timedelta,
    tell: Callable[[str], None],
) -> Repair:
    """Run every step, then call `look(since)` until its proof holds or `limit` is over. `look` waits for the next figures and judges them.

    A step that fails, a proof that does not come, and an interruption (Ctrl-C cancels the task) undo the steps that ran, last first.
    """
    done: list[Step] = []
    try:
        for step in plan.steps:
            result = await haproxy.apply(step, topology, control)
            if not result.ok:
                failed = result.could_not or CouldNot(step.what, result.output or "refused without a word")
                tell(f"failed: {step.what}: {failed.reason}")
                return await _roll_back(done, topology, control, tell, f"{step.what}: {failed.reason}", None, failed)
            done.append(step)
            tell(f"done: {step.what}")
        proof = await _until_proven(look, limit)
    except asyncio.CancelledError:
        await asyncio.shield(_roll_back(done, topology, control, tell, "interrupted", None, None))
        raise
    if proof.proven:
        return Repair(True, True, False, "", proof)
    return await _roll_back(done, topology, control, tell, f"not proven within {limit.total_seconds():.0f} s: {proof.reason}", proof, None)


async def _until_proven(look: Callable[[datetime], Awaitable[Proof]], limit: timedelta) -> Proof:
    since = datetime.now(UTC)
    while True:
        proof = await look(since)
        if proof.proven or datetime.now(UTC) > since + limit:
            return proof


async def _roll_back(
    done: list[Step],
    topology: Topology,
    control: Control,
    tell: Callable[[str], None],
    reason: str,
    proof: Proof | None,
    failed: CouldNot | None,
) -> Repair:
    problems = [failed] if failed else []
    for step in reversed(done):
        result = await haproxy.undo(step, topology, control)
        tell(f"undone: {step.what}" if result.ok else f"could not undo: {step.what}; by hand: {step.undo}")
        if not result.ok:
            problems.append(result.could_not or CouldNot(step.what, f"could not be undone; by hand: {step.undo}"))
    undone = not any(p is not failed for p in problems)
    return Repair(not undone, False, undone and bool(done), reason, proof, tuple(problems))
