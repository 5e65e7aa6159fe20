"""A pushed configuration checks a port where nobody listens, or a page that is not there: all servers are marked DOWN while they answer."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import pool
from poise.lab.faults.reconfigured import of_pool, pushed, taken_back
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    # With its panic threshold Envoy would send to all, and nobody would be hurt.
    settings = replace(plan.balancer, checked=True, panic_percent=0)
    return replace(plan.with_variant("wrong-health-check", draw.choice(("port", "page"))), balancer=settings)


# The last port of the lab's block belongs to nobody. Envoy keeps an endpoint whose check has another address beside the new one while it is
# well (1.40), so there it is asked for a page that the applications do not have.
_port = pushed(lambda lab: {"check_port": lab.last_port, "checked": True}, of_pool, "health checks on the management port")
_page = pushed(lambda lab: {"check_path": "/health", "checked": True}, of_pool, "health checks as in the handbook")


async def _inject(lab: Lab) -> Mode:
    return await (_page if lab.product.name == "envoy" or lab.plan.variants.get("wrong-health-check") == "page" else _port)(lab)


FAULT = LabFault(
    "wrong-health-check",
    "load-balancer",
    pool,
    ("configuration",),
    _inject,
    taken_back,
    change=True,
    products=("haproxy", "envoy"),
    prepare=_prepare,
)
