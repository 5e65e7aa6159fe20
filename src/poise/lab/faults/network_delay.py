"""Every round trip on one path takes longer: between load balancer and servers, or between servers and database (`plan.path`)."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.network_path import hops
from poise.lab.paths import worsen
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    return await worsen(lab, delay_ms=lab.plan.delay_ms)


async def _clear(lab: Lab) -> None:
    await worsen(lab)


FAULT = LabFault("network-delay", "network", hops, ("relay", "tun"), _inject, _clear)
