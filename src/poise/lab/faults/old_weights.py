"""Weights that were wrong for a week and hurt nobody; today more requests come, below the declared peak, and the one server is full."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from poise.lab.change_log import append_change
from poise.lab.config import DECLARED
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool
from poise.lab.faults.surge import gentle
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

AGE = timedelta(days=7)
# What the hot server has to do of what it can, before: busy, and well. All servers together could always do it (`MOST`).
BEFORE, RISEN, MOST = (0.5, 0.65), (1.2, 1.5), 0.75


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    high = draw.choice((4, 5, 6))
    # Times its even share.
    heavier = plan.servers * high / (high + plan.servers - 1)
    risen = min(draw.uniform(*RISEN), MOST * heavier)
    usual = draw.uniform(*BEFORE)
    weights = tuple(high if index == plan.hot else 1 for index in range(plan.servers))
    # The fewest connections go by weight only while many are open, and random choice of two never does.
    settings = replace(plan.balancer, weights=dict(zip(plan.names, weights, strict=True)), algorithm="round-robin", maxconn=None)
    factor = round(risen / usual, 2)
    # Nobody but a declared peak says that so many were to be expected.
    declared = None if plan.declared is None else tuple(what for what in DECLARED if what == "peak" or what in plan.declared)
    told = replace(plan, weights=weights, balancer=settings, declared=declared, surge_factor=factor)
    return gentle(told.with_load(usual / heavier), factor)


async def _inject(lab: Lab) -> Mode:
    append_change(lab.change_log_path, datetime.now(UTC) - AGE, of_pool(lab.plan), "server weights for the canary, reloaded")
    await lab.set_rate(lab.plan.rate * lab.plan.surge_factor)
    return "load"


async def _clear(lab: Lab) -> None:
    """Even weights, for the requests are welcome."""
    lab.write_config(weights=dict.fromkeys(lab.plan.names, 1))
    await lab.reload()


FAULT = LabFault("old-weights", "load-balancer", pool, ("load",), _inject, _clear, called=("uneven-weights",), prepare=_prepare)
