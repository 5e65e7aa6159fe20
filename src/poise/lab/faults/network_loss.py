"""Segments and new connections get lost on one path (`plan.path`): before the load balancer, to the servers, or to the database."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.network_path import hops, on_a_path
from poise.lab.paths import worsen
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(on_a_path(plan, draw), loss_ratio=round(draw.uniform(0.08, 0.2), 3))


async def _inject(lab: Lab) -> Mode:
    return await worsen(lab, loss_ratio=lab.plan.loss_ratio)


async def _clear(lab: Lab) -> None:
    await worsen(lab)


FAULT = LabFault("network-loss", "network", hops, ("accept-queue", "firewall", "tun"), _inject, _clear, prepare=_prepare)
