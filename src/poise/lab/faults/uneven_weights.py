"""A pushed configuration gives one server nearly all the traffic: 10 November 2023. All servers stay UP and `haproxy -c` says valid."""

from datetime import UTC, datetime

from poise.lab.change_log import append_change
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    lab.write_config(weights=dict(zip(lab.plan.names, lab.plan.weights, strict=True)))
    append_change(
        lab.change_log_path, datetime.now(UTC), "pool web", f"{lab.config_path.name} deployed: server weights for the canary, reloaded"
    )
    await lab.reload()
    return "configuration"


async def _clear(lab: Lab) -> None:
    lab.write_config()
    await lab.reload()


FAULT = LabFault("uneven-weights", "load-balancer", lambda plan: ("pool web",), ("configuration",), _inject, _clear, change=True)
