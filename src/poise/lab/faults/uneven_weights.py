"""A pushed configuration gives one server nearly all the traffic: 10 November 2023. All servers stay UP and `haproxy -c` says valid."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.plan import LabPlan

HOT_AND_COLD = ((256, 1), (200, 10), (128, 1), (100, 2))


def weighted(plan: LabPlan, high: int, low: int, draw: random.Random, utilisation: tuple[float, float]) -> LabPlan:
    """The plan with these weights, and a load that uses the hot server so far (1 is all it has)."""
    # Random choice of two knows no weights.
    share = high / (high + low * (plan.servers - 1))
    algorithm = plan.balancer.algorithm if plan.balancer.algorithm in ("round-robin", "least-connections") else "round-robin"
    used = min(draw.uniform(*utilisation), 0.75 * share * plan.servers)
    load = max(plan.load, used / (share * plan.servers)) if utilisation[0] > 1 else used / (share * plan.servers)
    weights = tuple(high if index == plan.hot else low for index in range(plan.servers))
    return replace(plan.with_load(load), weights=weights, balancer=replace(plan.balancer, algorithm=algorithm))


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return weighted(plan, *draw.choice(HOT_AND_COLD), draw, (1.3, 1.6))


inject = pushed(lambda lab: {"weights": dict(zip(lab.plan.names, lab.plan.weights, strict=True))}, of_pool, "server weights for the canary")
FAULT = LabFault("uneven-weights", "load-balancer", pool, ("configuration",), inject, taken_back, change=True, prepare=_prepare)
