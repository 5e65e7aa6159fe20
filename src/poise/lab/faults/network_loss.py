"""Segments and new connections get lost on one path: between load balancer and servers, or between servers and database (`plan.path`)."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.faults.network_path import hops
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    await lab.control("relay").call("weather", group=lab.plan.path, loss_ratio=lab.plan.loss_ratio)
    return "accept-queue"


async def _clear(lab: Lab) -> None:
    await lab.control("relay").call("weather", group=lab.plan.path)


FAULT = LabFault("network-loss", "network", hops, ("accept-queue", "tun"), _inject, _clear)
