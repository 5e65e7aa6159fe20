"""A pushed configuration allows one connection per server: requests wait in the load balancer while the applications idle."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.plan import LabPlan


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # One connection a server must be too little, or the limit harms nobody.
    wanted = draw.uniform(1.25, 1.7)
    while plan.load * plan.slots < wanted:
        plan = replace(plan, slots=plan.slots + 1).with_load(plan.load)
    return plan


_inject = pushed(lambda lab: {"maxconn": 1}, of_pool, "connection limits tidied up")
FAULT = LabFault("server-maxconn", "load-balancer", pool, ("configuration",), _inject, taken_back, change=True, prepare=_prepare)
