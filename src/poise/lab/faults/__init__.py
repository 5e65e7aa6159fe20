"""What can go wrong in the lab, one fault a file, each of them reversible."""

from collections.abc import Mapping

from poise.lab.error import LabError
from poise.lab.faults import (
    database_locked,
    database_slow,
    network_delay,
    network_loss,
    none,
    server_maxconn,
    server_slow,
    surge,
    uneven_weights,
)
from poise.lab.faults.harmless_changes import log_harmless_changes
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab

__all__ = ["FAULTS", "LabFault", "Mode", "clear", "inject"]

FAULTS: Mapping[str, LabFault] = {
    module.FAULT.name: module.FAULT
    for module in (
        uneven_weights,
        server_maxconn,
        server_slow,
        database_locked,
        database_slow,
        network_delay,
        network_loss,
        surge,
        none,
    )
}


def _fault(name: str) -> LabFault:
    if name not in FAULTS:
        raise LabError(f"the lab cannot make the fault {name!r}; it knows {', '.join(sorted(FAULTS))}")
    return FAULTS[name]


async def inject(lab: Lab, name: str) -> None:
    """Makes the fault in a running lab, with harmless changes beside it in the change log. `lab.mode` then says how it was made."""
    fault = _fault(name)
    await log_harmless_changes(lab, fault.layer)
    lab.mode = await fault.inject(lab)


async def clear(lab: Lab, name: str) -> None:
    """Undoes it; harmless when somebody else repaired it already."""
    await _fault(name).clear(lab)
    lab.mode = None
