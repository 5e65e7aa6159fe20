"""Segments and new connections get lost on one path: between load balancer and servers, or between servers and database (`plan.path`)."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.network_path import hops
from poise.lab.paths import worsen
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    return await worsen(lab, loss_ratio=lab.plan.loss_ratio)


async def _clear(lab: Lab) -> None:
    await worsen(lab)


FAULT = LabFault("network-loss", "network", hops, ("accept-queue", "firewall", "tun"), _inject, _clear)
