"""A pushed configuration allows one connection per server: requests wait in the load balancer while the applications idle."""

from datetime import UTC, datetime

from poise.lab.change_log import append_change
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab


async def _inject(lab: Lab) -> Mode:
    lab.write_config(maxconn=1)
    append_change(
        lab.change_log_path, datetime.now(UTC), "pool web", f"{lab.config_path.name} deployed: connection limits tidied up, reloaded"
    )
    await lab.reload()
    return "configuration"


async def _clear(lab: Lab) -> None:
    lab.write_config()
    await lab.reload()


FAULT = LabFault("server-maxconn", "load-balancer", lambda plan: ("pool web",), ("configuration",), _inject, _clear, change=True)
