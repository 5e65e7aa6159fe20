"""A pushed configuration balances by the client's address, and all clients come from one: everything goes to one server."""

import random

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.faults.traffic_pinned import pinned
from poise.lab.plan import LabPlan


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return pinned(plan, draw)


_inject = pushed(lambda lab: {"algorithm": "source"}, of_pool, "sticky sessions by client address")
FAULT = LabFault(
    "source-hash",
    "load-balancer",
    pool,
    ("configuration",),
    _inject,
    taken_back,
    change=True,
    called=("source-behind-nat", "traffic-pinned", "uneven-weights"),
    prepare=_prepare,
)
