"""`poise fix`: diagnose the live stack, show the plan, and on request apply, prove or undo it."""

import asyncio
import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from poise.app.incident import store_path
from poise.app.incident_keeper import IncidentKeeper
from poise.app.live import base_of, look_for, looking, now
from poise.app.needs import read_needs
from poise.app.repair import Repair, repair
from poise.balancers.haproxy.control import Control
from poise.diagnosis.engine import diagnose
from poise.diagnosis.proof import Proof, prove
from poise.faults import plan_for
from poise.lab.binaries import find_haproxy
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.store.incident_log import IncidentLog

PROOF_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found and what would repair it; `plan` is None when nothing is at fault or it cannot be told."""

    diagnosis: Diagnosis
    window: Window
    plan: Plan | None
    could_not: tuple[CouldNot, ...]


async def propose(configurations: Sequence[str], needs: Needs, seconds: float, base: Path | None = None) -> Proposal:
    """Look for that long and plan."""
    tick = await look_for(configurations, needs, seconds, base)
    diagnosis = diagnose(tick.window)
    plan = plan_for(diagnosis.best, tick.window) if diagnosis.verdict == "fault" else None
    return Proposal(diagnosis, tick.window, plan, tick.could_not)


def pool_of(component: str) -> str | None:
    """The pool that a component in the contract's words belongs to: `pool web` and `server web/app1` are of `web`."""
    kind, _, name = component.partition(" ")
    return {"pool": name, "server": name.partition("/")[0]}.get(kind)


def propose_now(configurations: Sequence[str], needs_path: str | None, seconds: float) -> Proposal:
    """Read the needs, look for that long, and plan."""
    needs, problems = read_needs(needs_path, beside=configurations[0])
    proposal = asyncio.run(propose(configurations, needs, seconds, base_of(needs_path, configurations[0])))
    return replace(proposal, could_not=(*problems, *proposal.could_not))


def apply_now(
    configurations: Sequence[str],
    needs_path: str | None,
    proposal: Proposal,
    haproxy: str | None,
    master_socket: str | None,
    store: Path | None,
    tell: Callable[[str], None],
) -> Repair:
    """Run the plan, prove it by clients and shares, undo it when that does not come. Who did what is stored first."""
    needs, _ = read_needs(needs_path, beside=configurations[0])
    found = find_haproxy()
    environment = {} if haproxy or isinstance(found, CouldNot) else dict(found.environment)
    binary = haproxy or ("haproxy" if isinstance(found, CouldNot) else str(found.path))
    control = Control(tuple(configurations), binary, environment, master_socket)
    with IncidentLog(store_path(store)) as log:
        keeper = IncidentKeeper(log, f"{getpass.getuser()} with poise fix")
        return asyncio.run(_apply(configurations, needs, base_of(needs_path, configurations[0]), proposal, control, keeper, tell))


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
    tell(keeper.open_by_hand(now(), f"{best.fault} in {best.component}"))
    keeper.diagnosed(now(), proposal.diagnosis)
    tell(keeper.cause_found(now(), proposal.diagnosis))
    keeper.planned(now(), plan)
    async with looking(configurations, needs, base) as eyes:

        async def look(since: datetime) -> Proof:
            tick = await eyes.look()
            return prove(tick.window, since, plan.expected_shares, pool, needs.of(pool or "").objectives, usual)

        outcome = await repair(
            plan, proposal.window.topologies[0], control, look, PROOF_LIMIT, lambda line: tell(keeper.step_done(now(), line))
        )
    if outcome.verified and outcome.proof is not None:
        keeper.resolved(now(), outcome.proof.reason, proposal.diagnosis)
    else:
        keeper.note(now(), f"The repair did not hold: {outcome.reason}")
    tell(f"recorded as incident {keeper.incident}")
    return outcome


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
    problems = [*proposal.could_not, *(outcome.could_not if outcome else ())]
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
