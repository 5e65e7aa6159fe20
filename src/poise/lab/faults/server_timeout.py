"""The load balancer gives servers less time than an ordinary request takes: 504 while the applications work as ever."""

import random

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return plan.with_variant("server-timeout", f"{draw.uniform(0.7, 1.05):.2f}")


def _timeout_ms(lab: Lab) -> int:
    return max(10, int(float(lab.plan.variants.get("server-timeout", "0.8")) * lab.plan.service_ms))


_inject = pushed(lambda lab: {"server_timeout_ms": _timeout_ms(lab)}, of_pool, "timeouts tightened")
FAULT = LabFault(
    "server-timeout",
    "load-balancer",
    lambda plan: (*pool(plan), "load-balancer lb1"),
    ("configuration",),
    _inject,
    taken_back,
    change=True,
    prepare=_prepare,
)
