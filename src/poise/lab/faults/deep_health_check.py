"""The check asks the database too; it slows down a little, which clients would hardly feel, and every server is marked DOWN at once."""

import random
from dataclasses import replace

from poise.lab.faults.database_slow import define
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

# The application's deep check makes five writes.
_STATEMENTS = 5


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    timeout_ms = draw.choice((100, 150, 200, 250))
    slower_ms = draw.uniform(1.3, 1.8) * timeout_ms / _STATEMENTS
    # HAProxy 2.6 holds no check to `timeout check` where `inter` is shorter than `timeout connect` (tried: 360 ms pass a limit of 200).
    seconds = max(2, plan.balancer.check_seconds)
    settings = replace(plan.balancer, checked=True, check_path="/deep", check_seconds=seconds, check_timeout_ms=timeout_ms, panic_percent=0)
    calm = plan.with_load(min(plan.load, 0.5))
    # Each request writes once: with the slower write the servers still have a fifth of their time left.
    while calm.load * (1 + slower_ms / calm.service_ms) > 0.8:
        calm = replace(calm, slots=calm.slots + 1)
    return replace(calm, balancer=settings, statement_ms=slower_ms)


async def _inject(lab: Lab) -> Mode:
    await define(lab, lab.plan.statement_ms)
    return "session"


async def _clear(lab: Lab) -> None:
    await define(lab, 0.0)


FAULT = LabFault(
    "deep-health-check",
    "load-balancer",
    lambda plan: (*pool(plan), "database main"),
    ("session",),
    _inject,
    _clear,
    also=("database",),
    called=("deep-health-check", "wrong-health-check", "database-slow"),
    products=("haproxy", "envoy"),
    prepare=_prepare,
)
