"""Requests wait: in the load balancer, before a server, or inside an application."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import numpy as np

from poise.detectors import columns
from poise.detectors.parts import parts
from poise.detectors.servers import Floats, Mask
from poise.model.alert import InOrder, Verdict
from poise.model.sample import ComponentKind, Window

SECONDS = 5.0
# A burst leaves a handful waiting for part of a second; a queue that never empties for five is one that stands.
FLOOR = 4.0
LOOKS = 3
KINDS: tuple[ComponentKind, ...] = ("pool", "server", "application")


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool, server and application that reports a queue."""
    if "queue" not in window.measured:
        return
    for kind in KINDS:
        part = parts(window, kind)
        if not part.names:
            continue
        empty = columns.stood(window, part.names, "queue", SECONDS, LOOKS)
        if empty is not None:
            # While nothing waits anywhere each look is as the one before.
            measured, none = window.memo.of(("queues", kind), (part, empty), partial(_empty, empty))
            if none:
                yield InOrder("queue_growing", part.places, measured, summary="no standing queue")
                continue
        waiting = columns.values(window, part.names, "queue", SECONDS, LOOKS).values
        measured = (~np.isnan(waiting)).sum(axis=0) >= LOOKS
        if not measured.any():
            continue
        least = columns.least(waiting)
        stands = measured & (least > 0)
        if stands.any():
            mean, floor = columns.means(waiting), np.fmax(FLOOR, columns.latest(window, part.names, "slots"))
            stands &= mean >= floor
        yield InOrder("queue_growing", part.places, measured & ~stands, summary="no standing queue")
        for i in np.flatnonzero(stands):
            said = f"{mean[i]:.0f} requests wait"
            reason = f"queue over {SECONDS:g} s: least {least[i]:.0f}, mean {mean[i]:.0f}, alarm at a mean of {floor[i]:.0f}"
            figures = {"queue": float(mean[i])}
            yield Verdict("queue_growing", f"{kind} {part.names[i]}", "bad", "warning", False, said, reason, (), figures)


def _empty(queues: Floats) -> tuple[Mask, bool]:
    """Which are measured, and whether nothing waits in any."""
    return ~np.isnan(queues), not (queues > 0).any()
