"""node_exporter: how busy machines are. Its retransmissions are a whole host's and name no path, so they are not read."""

from collections.abc import Iterable, Sequence

import numpy as np

from poise.exporters.metric import Exporter, Labelled, Measured, added
from poise.model.series import Series

CPU, AVAILABLE, TOTAL = "node_cpu_seconds_total", "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"
# Waiting for the disk counts as idle, as in poise's own look at /proc.
IDLE = ("idle", "iowait")


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """A host for each instance."""
    for instance in dict.fromkeys(one.label("instance") for one in found):
        mine = [one for one in found if one.label("instance") == instance]
        cpu = [one for one in mine if one.name == CPU]
        idle = [one.series for one in cpu if one.labels.get("mode") in IDLE]
        if idle:
            ratio = _risen(added(idle), added([one.series for one in cpu]))
            yield Measured("", "host", instance, "cpu_ratio", Series(ratio.seconds, 1 - ratio.values))
        free, all_of_it = (next((o.series for o in mine if o.name == name), None) for name in (AVAILABLE, TOTAL))
        if free is not None and all_of_it is not None:
            instants, a, b = np.intersect1d(free.seconds, all_of_it.seconds, assume_unique=True, return_indices=True)
            usable = all_of_it.values[b] > 0
            used = 1 - free.values[a][usable] / all_of_it.values[b][usable]
            yield Measured("", "host", instance, "memory_ratio", Series(instants[usable], used))


def _risen(part: Series, whole: Series) -> Series:
    """What the part rose of the whole between two looks; nothing across a restart."""
    instants, a, b = np.intersect1d(part.seconds, whole.seconds, assume_unique=True, return_indices=True)
    of, risen = np.diff(whole.values[b]), np.diff(part.values[a])
    usable = (of > 0) & (risen >= 0) & (risen <= of)
    return Series(instants[1:][usable], risen[usable] / of[usable])


NODE = Exporter("node_exporter", ("node_",), (CPU, AVAILABLE, TOTAL), read)
