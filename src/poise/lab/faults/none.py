"""Nothing is wrong: the load varies below the declared peak and people change harmless things."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    del lab
    return "none"


async def _clear(lab: Lab) -> None:
    del lab


FAULT = LabFault("none", "none", lambda plan: (), ("none",), _inject, _clear)
