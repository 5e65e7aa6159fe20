"""Every round trip on one path (`plan.path`) takes longer: before the load balancer, to the servers, or to the database."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.network_path import hops, on_a_path
from poise.lab.paths import worsen
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    placed = on_a_path(plan, draw)
    # To the database each request makes four round trips.
    return replace(placed, delay_ms=float(draw.randint(60, 120) if placed.path == "servers-database" else draw.randint(120, 300)))


async def _inject(lab: Lab) -> Mode:
    return await worsen(lab, delay_ms=lab.plan.delay_ms)


async def _clear(lab: Lab) -> None:
    await worsen(lab)


FAULT = LabFault("network-delay", "network", hops, ("relay", "tun"), _inject, _clear, prepare=_prepare)
