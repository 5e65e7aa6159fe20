"""One application server takes several times as long for each request; its share of the traffic stays what it was."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    await lab.control(lab.plan.names[lab.plan.hot]).call("slow", factor=lab.plan.slow_factor)
    return "process"


async def _clear(lab: Lab) -> None:
    await lab.control(lab.plan.names[lab.plan.hot]).call("slow", factor=1.0)


def _components(plan: LabPlan) -> tuple[str, ...]:
    return (f"server web/{plan.names[plan.hot]}",)


FAULT = LabFault("server-slow", "application", _components, ("process",), _inject, _clear)
