"""Somebody writes another address into the zone, and the load balancer, which asks the name server each second, sends everything there."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

# On this machine, and nobody listens there.
WRONG, RIGHT = "127.0.0.77", "127.0.0.1"


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    del draw
    return replace(plan, names_resolved=True)


async def _inject(lab: Lab) -> Mode:
    await lab.control("dns").call("address", address=WRONG)
    return "relay"


async def _clear(lab: Lab) -> None:
    await lab.control("dns").call("address", address=RIGHT)


FAULT = LabFault(
    "dns-answer-wrong",
    "network",
    lambda plan: (*pool(plan), "load-balancer lb1", "network"),
    ("relay",),
    _inject,
    _clear,
    products=("haproxy",),
    prepare=_prepare,
)
