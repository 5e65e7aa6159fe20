"""The load balancer is gone: every connection is refused, everything behind it idles."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.parts import listener
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    await lab.end_balancer()
    return "process"


async def _clear(lab: Lab) -> None:
    await lab.restart_balancer()


FAULT = LabFault("load-balancer-down", "load-balancer", listener, ("process",), _inject, _clear)
