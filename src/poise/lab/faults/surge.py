"""Far more first attempts than the declared peak; shares stay even and all servers saturate."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    await lab.set_rate(lab.plan.rate * lab.plan.surge_factor)
    return "load"


async def _clear(lab: Lab) -> None:
    await lab.set_rate(lab.plan.rate)


FAULT = LabFault("surge", "demand", lambda plan: ("client",), ("load",), _inject, _clear)
