"""All application servers take several times as long: a release, a cache that is cold. The database idles."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import applications
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(plan, slow_factor=round(draw.uniform(1.3, 2.2) / plan.load, 1))


async def _slow(lab: Lab, factor: float) -> None:
    for name in lab.plan.names:
        await lab.control(name).call("slow", factor=factor)


async def _inject(lab: Lab) -> Mode:
    await _slow(lab, lab.plan.slow_factor)
    return "process"


async def _clear(lab: Lab) -> None:
    await _slow(lab, 1.0)


FAULT = LabFault("servers-slow-all", "application", applications, ("process",), _inject, _clear, prepare=_prepare)
