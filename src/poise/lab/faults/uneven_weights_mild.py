"""Weights 3/1/1/1: one server gets a few times its share. It is slow and seldom fails; nothing is red."""

import random

from poise.lab.faults.lab_fault import LabFault
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import taken_back
from poise.lab.faults.uneven_weights import inject, weighted
from poise.lab.plan import LabPlan


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return weighted(plan, draw.choice((2, 3, 4)), 1, draw, (0.85, 0.99))


FAULT = LabFault(
    "uneven-weights-mild",
    "load-balancer",
    pool,
    ("configuration",),
    inject,
    taken_back,
    change=True,
    called=("uneven-weights",),
    prepare=_prepare,
)
