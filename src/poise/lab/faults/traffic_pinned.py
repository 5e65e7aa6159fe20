"""All servers but one are taken out for maintenance and forgotten: on HAProxy's control socket, or in the file."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from poise.lab.change_log import append_change
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.haproxy import ask
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def others(lab: Lab) -> tuple[str, ...]:
    """All servers but the hot one."""
    return tuple(name for index, name in enumerate(lab.plan.names) if index != lab.plan.hot)


def pinned(plan: LabPlan, draw: random.Random) -> LabPlan:
    """One server alone is overloaded."""
    return plan.with_load(max(plan.load, draw.uniform(1.2, 1.5) / plan.servers))


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # Envoy would send to all of them again where its panic threshold is not off.
    settings = replace(plan.balancer, panic_percent=0)
    return replace(pinned(plan, draw).with_variant("traffic-pinned", draw.choice(("socket", "file"))), balancer=settings)


_in_file = pushed(lambda lab: {"disabled": others(lab)}, of_pool, "servers out for the kernel update")


async def _inject(lab: Lab) -> Mode:
    if lab.product.name != "haproxy" or lab.plan.variants.get("traffic-pinned") != "socket":
        return await _in_file(lab)
    append_change(lab.change_log_path, datetime.now(UTC), of_pool(lab.plan), "servers in maintenance for the kernel update")
    for name in others(lab):
        await ask(lab.directory / "admin.sock", f"set server {lab.plan.pool}/{name} state maint")
    return "configuration"


FAULT = LabFault("traffic-pinned", "load-balancer", pool, ("configuration",), _inject, taken_back, change=True, prepare=_prepare)
