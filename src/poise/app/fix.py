"""`poise fix`: diagnose the live stack, show the plan, and on request apply, prove or undo it."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from poise.app.account import account
from poise.app.incident import store_path
from poise.app.incident_keeper import IncidentKeeper
from poise.app.live import base_of, look_for, looking, now
from poise.app.needs import read_needs
from poise.app.repair import Repair, persistent_part, repair
from poise.balancers.haproxy.control import Control
from poise.diagnosis.engine import diagnose
from poise.diagnosis.proof import Proof, clients_measured, prove
from poise.faults import plan_for
from poise.lab.binaries import find_haproxy
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.model.topology import Topology
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

PROOF_LIMIT = timedelta(seconds=60)
# A closed terminal and a service manager end a program as Ctrl-C does, and none of them may leave half a repair.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NO_CLIENTS = "clients are not measured ([watch].client or samples in poise.toml): the load balancer's own figures alone will prove it"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found and what would repair it; `plan` is None when nothing is at fault or it cannot be told. `could_not` says among the
    rest which steps of the plan were left out because they cannot be run, as `unwritten` does alone."""

    diagnosis: Diagnosis
    window: Window
    plan: Plan | None
    could_not: tuple[CouldNot, ...]
    unwritten: CouldNot | None = None


def control_of(configurations: Sequence[str], haproxy: str | None, master_socket: str | None) -> Control:
    """How to act on the HAProxy of these files. `haproxy` is its binary, else it is looked for."""
    found = find_haproxy()
    environment = {} if haproxy or isinstance(found, CouldNot) else dict(found.environment)
    binary = haproxy or ("haproxy" if isinstance(found, CouldNot) else str(found.path))
    return Control(tuple(configurations), binary, environment, master_socket)


async def propose(
    configurations: Sequence[str], needs: Needs, seconds: float, control: Control | None = None, base: Path | None = None
) -> Proposal:
    """Look for that long and plan: only what can be run, and with what will prove it."""
    tick = await look_for(configurations, needs, seconds, base)
    diagnosis = diagnose(tick.window)
    plan = plan_for(diagnosis.best, tick.window) if diagnosis.verdict == "fault" else None
    unwritten = None
    if plan is not None and plan.steps:
        if control is not None:
            plan, unwritten = await persistent_part(plan, topology_of(tick.window, plan), control)
        if plan.steps and not clients_measured(tick.window):
            plan = replace(plan, risk="; ".join(filter(None, (plan.risk, NO_CLIENTS))))
    could_not = tick.could_not if unwritten is None else (*tick.could_not, unwritten)
    return Proposal(diagnosis, tick.window, plan, could_not, unwritten)


def topology_of(window: Window, plan: Plan) -> Topology:
    """The configuration that has the plan's pool, else the first."""
    pool = pool_of(plan.component)
    return next((t for t in window.topologies if pool is not None and t.pool(pool) is not None), window.topologies[0])


def pool_of(component: str) -> str | None:
    """The pool that a component in the contract's words belongs to: `pool web` and `server web/app1` are of `web`."""
    kind, _, name = component.partition(" ")
    return {"pool": name, "server": name.partition("/")[0]}.get(kind)


def propose_now(configurations: Sequence[str], needs_path: str | None, seconds: float, control: Control | None = None) -> Proposal:
    """Read the needs, look for that long, and plan."""
    needs, problems = read_needs(needs_path, beside=configurations[0])
    proposal = asyncio.run(propose(configurations, needs, seconds, control, base_of(needs_path, configurations[0])))
    return replace(proposal, could_not=(*problems, *proposal.could_not))


def apply_now(
    configurations: Sequence[str],
    needs_path: str | None,
    proposal: Proposal,
    control: Control,
    store: Path | None,
    tell: Callable[[str], None],
) -> Repair:
    """Run the plan, prove it by clients and shares, undo it when that does not come. Who did what is stored first.

    Raises StoreError where it cannot be stored, OSError where it cannot be told, KeyboardInterrupt for Ctrl-C, SIGTERM and SIGHUP; each
    after all that was applied is undone, which the exception's notes say.
    """
    needs, _ = read_needs(needs_path, beside=configurations[0])
    with IncidentLog(store_path(store)) as log:
        keeper = IncidentKeeper(log, f"{account()} with poise fix")
        try:
            return asyncio.run(_apply(configurations, needs, base_of(needs_path, configurations[0]), proposal, control, keeper, tell))
        except asyncio.CancelledError as error:
            ended = KeyboardInterrupt("interrupted")
            for said in getattr(error, "__notes__", ()):
                ended.add_note(said)
            raise ended from None


@contextmanager
def ending_cancels() -> Iterator[None]:
    """Within it Ctrl-C, SIGTERM and SIGHUP cancel the running task, as often as they come."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    before = {each: signal.getsignal(each) for each in ENDING}
    for each in ENDING:
        loop.add_signal_handler(each, task.cancel)
    try:
        yield
    finally:
        for each, handler in before.items():
            loop.remove_signal_handler(each)
            signal.signal(each, handler)


async def _apply(
    configurations: Sequence[str],
    needs: Needs,
    base: Path | None,
    proposal: Proposal,
    control: Control,
    keeper: IncidentKeeper,
    tell: Callable[[str], None],
) -> Repair:
    assert proposal.plan is not None
    plan, best = proposal.plan, proposal.diagnosis.best
    pool, usual = pool_of(plan.component), _usual_p99(proposal)
    with ending_cancels():
        tell(keeper.open_by_hand(now(), f"{best.fault} in {best.component}"))
        keeper.diagnosed(now(), proposal.diagnosis)
        tell(keeper.cause_found(now(), proposal.diagnosis))
        keeper.planned(now(), plan)
        async with looking(configurations, needs, base) as eyes:

            async def look(since: datetime) -> Proof:
                tick = await eyes.look()
                return prove(tick.window, since, plan.expected_shares, pool, needs.of(pool or "").objectives, usual)

            try:
                outcome = await repair(
                    plan,
                    topology_of(proposal.window, plan),
                    control,
                    look,
                    PROOF_LIMIT,
                    lambda line: tell(keeper.step_done(now(), line)),
                )
            except (Exception, asyncio.CancelledError) as error:
                with suppress(StoreError):
                    keeper.note(now(), f"The repair was broken off: {'; '.join(getattr(error, '__notes__', ()))}")
                raise
    if proposal.unwritten is not None and outcome.verified:
        outcome = replace(outcome, could_not=(proposal.unwritten, *outcome.could_not))
    return _recorded(outcome, proposal, keeper, tell)


def _recorded(outcome: Repair, proposal: Proposal, keeper: IncidentKeeper, tell: Callable[[str], None]) -> Repair:
    """The end is stored. A repair that is proven stands though the store or the terminal fail now."""
    try:
        if outcome.verified and outcome.proof is not None:
            keeper.resolved(now(), outcome.proof.reason, proposal.diagnosis)
        else:
            keeper.note(now(), f"The repair did not hold: {outcome.reason}")
        tell(f"recorded as incident {keeper.incident}")
    except StoreError as error:
        return replace(
            outcome, could_not=(*outcome.could_not, CouldNot("incident store", f"the end of the repair is not recorded: {error}"))
        )
    return outcome


def with_problem(proposal: Proposal, what: str, reason: str) -> Proposal:
    """The proposal with one thing more that could not be done."""
    return replace(proposal, could_not=(*proposal.could_not, CouldNot(what, reason)))


def exit_code(proposal: Proposal, outcome: Repair | None, asked: bool) -> int:
    """0 shown, or applied and proven; 1 not applied or rolled back; 2 undetermined, or something could not be done."""
    if proposal.diagnosis.verdict == "undetermined" or (outcome is not None and outcome.could_not):
        return 2
    if outcome is not None:
        return 0 if outcome.verified else 1
    return 1 if asked and proposal.plan is not None else 0


def _usual_p99(proposal: Proposal) -> float | None:
    onset = proposal.diagnosis.onset
    if onset is None:
        return None
    before = proposal.window.get("client", "p99_ms").between(0, onset.timestamp() - 1)
    return float(sorted(before.values)[len(before.values) // 2]) if len(before.values) else None


def as_json(proposal: Proposal, outcome: Repair | None) -> dict[str, Any]:
    """The contract's JSON of `poise fix`."""
    plan = proposal.plan
    problems = dict.fromkeys((*proposal.could_not, *(outcome.could_not if outcome else ())))
    return {
        "version": 1,
        "plan": None if plan is None else plan_json(plan),
        "applied": bool(outcome and outcome.applied),
        "verified": bool(outcome and outcome.verified),
        "rolled_back": bool(outcome and outcome.rolled_back),
        "could_not": [{"file": p.what, "line": p.line, "reason": p.reason} for p in problems],
    }


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as the contract has it; `component` and `advice` are further keys."""
    return {
        "fault": plan.fault,
        "component": plan.component,
        "steps": [{"what": s.what, "where": s.where, "command": s.command, "undo": s.undo} for s in plan.steps],
        "expected": {"shares": [{"server": name, "share": share} for name, share in plan.expected_shares.items()]},
        "risk": plan.risk,
        "confirm": list(plan.confirm),
        "advice": plan.advice,
    }
