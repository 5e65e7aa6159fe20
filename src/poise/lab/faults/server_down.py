"""One server is dead and the checks take it out: the others carry its share."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import hot_server
from poise.lab.faults.server_unchecked import die, live, survivable
from poise.lab.plan import LabPlan


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(survivable(plan, draw), balancer=replace(plan.balancer, checked=True))


FAULT = LabFault("server-down", "application", hot_server, ("process",), die, live, products=("haproxy", "envoy"), prepare=_prepare)
