"""A configuration that somebody pushes, and takes back."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from poise.lab.change_log import append_change
from poise.lab.faults.lab_fault import Mode
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

Changes = Callable[[Lab], Mapping[str, Any]]


def pushed(changes: Changes, component: Callable[[LabPlan], str], text: str) -> Callable[[Lab], Awaitable[Mode]]:
    """An `inject` that writes the settings with these changes and reloads; the change log says `text` of it."""

    async def inject(lab: Lab) -> Mode:
        lab.write_config(**changes(lab))
        said = f"{lab.config_path.name} deployed: {text}, reloaded"
        append_change(lab.change_log_path, datetime.now(UTC), component(lab.plan), said)
        await lab.reload()
        return "configuration"

    return inject


async def taken_back(lab: Lab) -> None:
    """A `clear`: the settings of health."""
    lab.write_config()
    await lab.reload()


def of_pool(plan: LabPlan) -> str:
    """The change is about the pool."""
    return f"pool {plan.pool}"


def of_listener(plan: LabPlan) -> str:
    """The change is about the listener."""
    del plan
    return "listener http"
