"""A repair as a dialogue: whatever breaks it, what was applied is undone, last first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from poise.app.repair import Repair, repair
from poise.balancers.haproxy.control import Control, StepResult
from poise.diagnosis.proof import Proof
from poise.model.could_not import CouldNot
from poise.model.plan import Plan, Step
from poise.model.topology import Topology

NAMES = ("one", "two", "three")
NO = Proof(False, "clients' success is 50.0%", {})
YES = Proof(True, "clients are well", {})


@dataclass
class Recorder:
    """Writes down what it is asked to do, and refuses what it is told to refuse."""

    refuse: str = ""
    stuck: str = ""
    unwritten: CouldNot | None = None
    during: Callable[[], object] = lambda: None
    acts: list[str] = field(default_factory=list)

    async def apply(self, step: Step, topology: Topology, control: Control) -> StepResult:
        self.during()
        await asyncio.sleep(0)
        self.acts.append(step.what)
        return StepResult(step.what != self.refuse, "no" if step.what == self.refuse else "")

    async def undo(self, step: Step, topology: Topology, control: Control) -> StepResult:
        self.acts.append(f"undo {step.what}")
        return StepResult(step.what != self.stuck)

    async def cannot_persist(self, steps: Sequence[Step], topology: Topology, control: Control) -> CouldNot | None:
        return self.unwritten


def plan(*steps: Step) -> Plan:
    return Plan("uneven-weights", "pool web", steps or tuple(Step(n, "runtime", n, f"un{n}") for n in NAMES))


async def run(
    hand: Recorder, proof: Proof | Exception = YES, tell: Callable[[str], None] = lambda _: None, what: Plan | None = None
) -> Repair:
    async def look(_: datetime) -> Proof:
        if isinstance(proof, Exception):
            raise proof
        return proof

    return await repair(what or plan(), Topology("haproxy", "h.cfg"), Control(), look, timedelta(0), tell, hand)


def test_what_is_proven_stands() -> None:
    hand = Recorder()
    assert asyncio.run(run(hand)) == Repair(True, True, False, "", YES)
    assert hand.acts == list(NAMES)


def test_a_refused_step_undoes_those_before_it() -> None:
    hand = Recorder(refuse="three")
    ended = asyncio.run(run(hand))
    assert hand.acts == [*NAMES, "undo two", "undo one"]
    assert (ended.applied, ended.verified, ended.rolled_back) == (False, False, True)


def test_a_proof_that_never_comes_undoes_all() -> None:
    hand = Recorder()
    ended = asyncio.run(run(hand, NO))
    assert hand.acts[3:] == ["undo three", "undo two", "undo one"]
    assert ended.rolled_back and "50.0%" in ended.reason


def test_an_undo_that_fails_is_told_and_the_others_go_on() -> None:
    hand = Recorder(stuck="two")
    ended = asyncio.run(run(hand, NO))
    assert hand.acts[3:] == ["undo three", "undo two", "undo one"]
    assert (ended.applied, ended.rolled_back) == (True, False)
    assert "by hand: untwo" in ended.could_not[0].reason


@pytest.mark.parametrize("error", [RuntimeError("no figures"), BrokenPipeError()])
def test_a_look_that_raises_undoes_all_and_raises(error: Exception) -> None:
    hand = Recorder()
    with pytest.raises(type(error)) as seen:
        asyncio.run(run(hand, error))
    assert hand.acts[3:] == ["undo three", "undo two", "undo one"]
    assert seen.value.__notes__ == ["what was applied is undone"]


def test_a_tell_that_raises_does_not_stop_the_undoing() -> None:
    def tell(line: str) -> None:
        if "two" in line:
            raise BrokenPipeError

    hand = Recorder()
    with pytest.raises(BrokenPipeError):
        asyncio.run(run(hand, tell=tell))
    assert hand.acts == ["one", "two", "undo two", "undo one"]


def test_a_step_that_is_cancelled_midway_ends_and_is_undone() -> None:
    hand = Recorder()

    async def story() -> None:
        task = asyncio.ensure_future(run(hand))
        hand.during = lambda: len(hand.acts) == 1 and task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(story())
    assert hand.acts == ["one", "two", "undo two", "undo one"]


def test_steps_that_cannot_last_are_left_out_and_told() -> None:
    write, load = Step("write", "file", "w", "r"), Step("reload", "reload", "l", "l")
    hand = Recorder(unwritten=CouldNot("h.cfg", "no reload path"))
    ended = asyncio.run(run(hand, what=plan(Step("one", "runtime", "one", ""), write, load)))
    assert hand.acts == ["one"]
    assert ended.applied and ended.verified
    assert "run time only" in ended.could_not[0].reason and "by hand" in ended.could_not[0].reason


def test_files_are_put_back_before_the_reload() -> None:
    steps = (Step("one", "runtime", "", ""), Step("write", "file", "", ""), Step("reload", "reload", "", ""))
    hand = Recorder()
    asyncio.run(run(hand, NO, what=plan(*steps)))
    assert hand.acts[3:] == ["undo write", "undo reload", "undo one"]
