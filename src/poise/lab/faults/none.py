"""Nothing is wrong: the load varies below the declared peak, people change harmless things and reload what is the same."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(plan, pattern="varying").with_variant("none", draw.choice(("", "", "reload")))


async def _inject(lab: Lab) -> Mode:
    if lab.plan.variants.get("none") == "reload":
        await lab.reload()
    return "none"


async def _clear(lab: Lab) -> None:
    del lab


FAULT = LabFault("none", "none", lambda plan: (), ("none",), _inject, _clear, prepare=_prepare)
