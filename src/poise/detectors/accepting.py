"""Connections that the kernel took and the load balancer has not: a limit is reached, or its workers are late."""

from dataclasses import replace

import numpy as np

from poise.detectors import columns
from poise.detectors.servers import Mask
from poise.model.alert import Verdict
from poise.model.component_label import component_label
from poise.model.sample import Window

SECONDS = 5.0
WAITING = LOOKS = 3


def accepted(window: Window, names: tuple[str, ...], limited: Mask, found: dict[int, Verdict], faults: tuple[str, ...]) -> Mask:
    """Listeners whose accept queue is seen; one in which connections stand is put into `found`, or added to what is said there.

    Where no limit is known connections wait because workers are late, which for an instant they may be: it takes every look."""
    if "accept_queue" not in window.measured:
        return np.zeros(len(names), dtype=np.bool_)
    queues = columns.values(window, names, "accept_queue", SECONDS, LOOKS).values
    looks, often = (~np.isnan(queues)).sum(axis=0), (queues > 0).sum(axis=0)
    seen: Mask = looks >= LOOKS
    for i in (seen & (often >= np.where(limited, WAITING, looks))).nonzero()[0].tolist():
        most = f"{np.nanmax(queues[:, i]):.0f} connections waited in the kernel"
        if i in found:
            found[i] = replace(found[i], summary=f"{found[i].summary}, {most}")
            continue
        said, reason = (
            f"{most}: it does not come to accept them",
            f"at {often[i]} of the last {looks[i]} looks some stood in its accept queue",
        )
        found[i] = Verdict("limits_near", component_label("listener", names[i]), "bad", "warning", False, said, reason, faults)
    return seen
