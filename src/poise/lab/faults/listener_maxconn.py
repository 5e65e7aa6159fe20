"""The listener takes fewer connections than clients hold: they wait in the kernel, or are refused, while every layer of ours is green."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import listener
from poise.lab.faults.reconfigured import of_listener, pushed, taken_back
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # At least three requests at once on average, or a limit of one or two would be no plausible one.
    wanted = draw.uniform(3.0, 4.0)
    while plan.load * plan.servers * plan.slots < wanted:
        plan = replace(plan, slots=plan.slots + 1).with_load(plan.load)
    return plan


def limit(lab: Lab) -> int:
    """Two thirds of the connections that the load needs (Little's law)."""
    return max(1, int(0.65 * lab.plan.rate * lab.plan.service_ms / 1000.0))


_inject = pushed(lambda lab: {"listener_maxconn": limit(lab)}, of_listener, "connection limits from the template")
FAULT = LabFault("listener-maxconn", "load-balancer", listener, ("configuration",), _inject, taken_back, change=True, prepare=_prepare)
