"""Servers are restarted with a certificate that has ended, or that names another host: the load balancer refuses to speak with them."""

import random
from dataclasses import replace

from poise.lab.certificates import EXPIRED, OTHER_NAME, VALID
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import applications, hot_server
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # A handshake costs Python a millisecond of its core, and nginx makes one for each request.
    slow = replace(plan, rate=min(plan.rate, 60.0)).with_load(plan.load)
    form = f"{draw.choice(('all', 'one'))} {draw.choice((EXPIRED, OTHER_NAME))}"
    return replace(slow, tls=True).with_variant("tls-certificate", form)


def _form(plan: LabPlan) -> str:
    return plan.variants.get("tls-certificate", "")


async def _certificate(lab: Lab, file: str) -> None:
    plan = lab.plan
    names = plan.names if _form(plan).startswith("all") else (plan.names[plan.hot],)
    for name in names:
        await lab.control(name).call("certificate", file=file)


async def _inject(lab: Lab) -> Mode:
    await _certificate(lab, _form(lab.plan).rpartition(" ")[2] or EXPIRED)
    return "process"


async def _clear(lab: Lab) -> None:
    await _certificate(lab, VALID)


def _components(plan: LabPlan) -> tuple[str, ...]:
    return applications(plan) if _form(plan).startswith("all") else hot_server(plan)


FAULT = LabFault("tls-certificate", "application", _components, ("process",), _inject, _clear, prepare=_prepare)
