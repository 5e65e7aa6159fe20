"""One application server takes several times as long for each request; its share of the traffic stays what it was."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import hot_server
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(plan, slow_factor=round(draw.uniform(5.0, 14.0), 1))


async def _inject(lab: Lab) -> Mode:
    await lab.control(lab.plan.names[lab.plan.hot]).call("slow", factor=lab.plan.slow_factor)
    return "process"


async def _clear(lab: Lab) -> None:
    await lab.control(lab.plan.names[lab.plan.hot]).call("slow", factor=1.0)


FAULT = LabFault("server-slow", "application", hot_server, ("process",), _inject, _clear, prepare=_prepare)
