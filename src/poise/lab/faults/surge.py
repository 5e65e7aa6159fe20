"""Far more first attempts than the declared peak; shares stay even and all servers saturate."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

MOST_PER_SECOND = 240.0


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    factor = round(draw.uniform(1.2, 1.7) / plan.load, 2)
    return replace(gentle(plan, factor), surge_factor=factor)


def gentle(plan: LabPlan, factor: float) -> LabPlan:
    """A rate of which so many times as much is what two cores can send and serve."""
    return replace(plan, rate=round(min(plan.rate, MOST_PER_SECOND / factor), 1)).with_load(plan.load)


async def _inject(lab: Lab) -> Mode:
    await lab.set_rate(lab.plan.rate * lab.plan.surge_factor)
    return "load"


async def _clear(lab: Lab) -> None:
    await lab.set_rate(lab.plan.rate)


FAULT = LabFault("surge", "demand", lambda plan: ("client",), ("load",), _inject, _clear, prepare=_prepare)
