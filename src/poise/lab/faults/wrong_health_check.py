"""A pushed configuration checks a port where nobody listens: all servers are marked DOWN while they answer."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.plan import LabPlan


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    del draw
    # With its panic threshold Envoy would send to all, and nobody would be hurt.
    return replace(plan, balancer=replace(plan.balancer, checked=True, panic_percent=0))


# The last port of the lab's block belongs to nobody.
_inject = pushed(lambda lab: {"check_port": lab.last_port, "checked": True}, of_pool, "health checks on the management port")
FAULT = LabFault(
    "wrong-health-check",
    "load-balancer",
    pool,
    ("configuration",),
    _inject,
    taken_back,
    change=True,
    products=("haproxy", "envoy"),
    prepare=_prepare,
)
