"""A release gives each application a pool to the database that is too small: requests wait for a connection, the database idles."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from poise.lab.change_log import append_change
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import applications
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # At least two connections a server are needed on average, so that one is too little.
    while plan.load * plan.slots < 2.0:
        plan = replace(plan, slots=plan.slots + 1).with_load(plan.load)
    return plan.with_variant("connection-pool", f"{draw.uniform(0.45, 0.75):.2f}")


async def _resize(lab: Lab, size: int) -> None:
    for name in lab.plan.names:
        await lab.control(name).call("connections", size=size)


async def _inject(lab: Lab) -> Mode:
    plan = lab.plan
    needed = plan.rate / plan.servers * plan.service_ms / 1000.0
    append_change(lab.change_log_path, datetime.now(UTC), f"application {plan.names[0]}", "all servers: settings from the new template")
    await _resize(lab, max(1, int(float(plan.variants.get("connection-pool", "0.5")) * needed)))
    return "process"


async def _clear(lab: Lab) -> None:
    await _resize(lab, lab.plan.connections)


FAULT = LabFault("connection-pool", "application", applications, ("process",), _inject, _clear, change=True, prepare=_prepare)
