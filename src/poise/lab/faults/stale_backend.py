"""One server has moved and the load balancer still has its old address, where nobody listens; at its new one it is well."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import hot_server_or_pool
from poise.lab.faults.server_unchecked import survivable
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # Without checks the old address goes on to be tried.
    return replace(survivable(plan, draw), balancer=replace(plan.balancer, checked=draw.random() < 0.6))


def _old_port(lab: Lab) -> int:
    return lab.addresses.servers[lab.plan.hot].path[1]


async def _inject(lab: Lab) -> Mode:
    await lab.control("paths").call("leave", port=_old_port(lab))
    return "relay"


async def _clear(lab: Lab) -> None:
    await lab.control("paths").call("come_back", port=_old_port(lab))


FAULT = LabFault("stale-backend", "load-balancer", hot_server_or_pool, ("relay",), _inject, _clear, prepare=_prepare)
