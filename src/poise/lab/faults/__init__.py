"""What can go wrong in the lab, one fault a file, each of them reversible."""

from collections.abc import Mapping

from poise.lab.error import LabError
from poise.lab.faults import (
    connection_pool,
    database_connections,
    database_locked,
    database_slow,
    deep_health_check,
    dns_answer_wrong,
    listener_maxconn,
    load_balancer_down,
    network_delay,
    network_loss,
    none,
    old_weights,
    outside,
    retry_storm,
    server_down,
    server_errors,
    server_maxconn,
    server_slow,
    server_timeout,
    server_unchecked,
    servers_slow_all,
    source_hash,
    stale_backend,
    surge,
    tls_certificate,
    traffic_pinned,
    uneven_weights,
    uneven_weights_mild,
    wrong_health_check,
)
from poise.lab.faults.harmless_changes import log_harmless_changes
from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.stack import Lab

__all__ = ["FAULTS", "STORIES", "LabFault", "Mode", "clear", "inject"]

FAULTS: Mapping[str, LabFault] = {
    module.FAULT.name: module.FAULT
    for module in (
        uneven_weights,
        uneven_weights_mild,
        old_weights,
        traffic_pinned,
        source_hash,
        server_maxconn,
        listener_maxconn,
        server_timeout,
        wrong_health_check,
        deep_health_check,
        stale_backend,
        retry_storm,
        load_balancer_down,
        server_unchecked,
        server_down,
        server_slow,
        server_errors,
        servers_slow_all,
        connection_pool,
        tls_certificate,
        database_locked,
        database_slow,
        database_connections,
        network_delay,
        network_loss,
        dns_answer_wrong,
        surge,
        outside,
        none,
    )
}


# The faults that `poise demo` tells as stories from start to postmortem.
STORIES: tuple[str, ...] = (
    "uneven-weights",
    "server-maxconn",
    "server-slow",
    "database-locked",
    "database-slow",
    "network-delay",
    "network-loss",
    "surge",
    "none",
)


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
