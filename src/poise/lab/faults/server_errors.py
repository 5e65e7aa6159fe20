"""One application server answers 500 at once, or leaks its database connections until it has none and answers 503."""

import random

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import hot_server
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return plan.with_variant("server-errors", draw.choice((f"fail {draw.uniform(0.3, 1.0):.2f}", f"leak {draw.uniform(0.3, 0.8):.2f}")))


async def _inject(lab: Lab) -> Mode:
    command, ratio = lab.plan.variants.get("server-errors", "fail 1.0").split()
    await lab.control(lab.plan.names[lab.plan.hot]).call(command, ratio=float(ratio))
    return "process"


async def _clear(lab: Lab) -> None:
    control = lab.control(lab.plan.names[lab.plan.hot])
    await control.call("fail", ratio=0.0)
    await control.call("leak", ratio=0.0)


FAULT = LabFault("server-errors", "application", hot_server, ("process",), _inject, _clear, prepare=_prepare)
