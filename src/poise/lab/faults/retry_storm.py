"""The load balancer repeats what fails or takes long; a short burst makes all slow, and afterwards the repeats alone keep it so."""

import asyncio
import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.faults.surge import gentle
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

BURST_SECONDS = 5.0


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    factor = round(draw.uniform(2.5, 3.5), 2)
    busy = gentle(plan.with_load(draw.uniform(0.5, 0.65)), factor)
    retries = draw.choice((3, 4))
    # Ordinary requests are answered in time. What waits for a few service times more is not, and is asked again while the application still
    # works for the one that nobody waits for: so the limits that would hold the repeats back are those of a team that set none.
    timeout_ms = max(100, int(busy.service_ms * draw.uniform(3.0, 4.0)))
    settings = replace(plan.balancer, retries=retries, retry_answers=True, server_timeout_ms=timeout_ms, maxconn=None, bans=False)
    return replace(busy, queue=200, balancer=settings, surge_factor=factor)


async def _inject(lab: Lab) -> Mode:
    await lab.set_rate(lab.plan.rate * lab.plan.surge_factor)
    task = asyncio.get_running_loop().create_task(_calm(lab))
    lab.background.add(task)
    task.add_done_callback(lab.background.discard)
    return "load"


async def _calm(lab: Lab) -> None:
    await asyncio.sleep(BURST_SECONDS)
    await lab.set_rate(lab.plan.rate)


async def _clear(lab: Lab) -> None:
    lab.write_config(retries=0, retry_answers=False)
    await lab.set_rate(lab.plan.rate)
    await lab.reload()


FAULT = LabFault(
    "retry-storm",
    "load-balancer",
    lambda plan: (*pool(plan), "load-balancer lb1"),
    ("load",),
    _inject,
    _clear,
    prepare=_prepare,
)
