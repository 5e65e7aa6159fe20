"""One server is dead and no check says so: requests go there, are refused, and are sent to another."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import hot_server_or_pool
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def survivable(plan: LabPlan, draw: random.Random) -> LabPlan:
    """The others can carry the load without the hot server."""
    return plan.with_load(min(plan.load, draw.uniform(0.6, 0.8) * (plan.servers - 1) / plan.servers))


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(survivable(plan, draw), balancer=replace(plan.balancer, checked=False))


async def die(lab: Lab) -> Mode:
    """The hot server's process is gone."""
    await lab.control(lab.plan.names[lab.plan.hot]).call("die")
    return "process"


async def live(lab: Lab) -> None:
    """It is started again."""
    await lab.control(lab.plan.names[lab.plan.hot]).call("live")


FAULT = LabFault(
    "server-unchecked",
    "application",
    hot_server_or_pool,
    ("process",),
    die,
    live,
    also=("load-balancer",),
    called=("server-unchecked", "server-down"),
    prepare=_prepare,
)
