"""The clients' provider loses or delays their packets before they reach us; a probe of our own from within is well."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.paths import worsen
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    loss, delay = draw.choice(((draw.uniform(0.2, 0.4), 0.0), (0.0, draw.uniform(300.0, 900.0))))
    return replace(
        plan, path="clients-lb", client_path=True, probed_inside=True, sampled=True, loss_ratio=round(loss, 3), delay_ms=round(delay)
    )


async def _inject(lab: Lab) -> Mode:
    return await worsen(lab, delay_ms=lab.plan.delay_ms if not lab.plan.loss_ratio else 0.0, loss_ratio=lab.plan.loss_ratio)


async def _clear(lab: Lab) -> None:
    await worsen(lab)


FAULT = LabFault(
    "outside", "outside", lambda plan: ("client",), ("relay", "accept-queue", "firewall", "tun"), _inject, _clear, prepare=_prepare
)
