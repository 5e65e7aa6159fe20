"""A limit is reached: sessions of a listener, a server's maxconn, an application's slots, a database's connections.

A frontend at its limit is invisible in every other figure: connections wait in the kernel, and only clients feel it.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.parts import parts
from poise.model.alert import InOrder, Verdict
from poise.model.sample import ComponentKind, Window

SECONDS = 5.0
# (kind, what is used, its limit, the part of the limit that is near it)
LIMITS: tuple[tuple[ComponentKind, str, str, float], ...] = (
    ("load-balancer", "sessions", "session_limit", 0.9),
    ("listener", "sessions", "session_limit", 0.9),
    ("server", "in_flight", "maxconn", 1.0),
    ("application", "in_flight", "slots", 1.0),
    ("database", "connections", "connection_limit", 0.95),
)
WAITING = LOOKS = 3
BY_KIND: dict[ComponentKind, tuple[str, ...]] = {
    "load-balancer": ("listener-maxconn",),
    "listener": ("listener-maxconn",),
    "server": ("server-maxconn",),
    "application": ("uneven-weights", "server-slow", "servers-slow-all", "surge"),
    "database": ("database-connections",),
}


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each component with a limit."""
    for kind, used_metric, limit_metric, near in LIMITS:
        part = parts(window, kind)
        limit = columns.latest(window, part.names, limit_metric)
        limited = limit > 0
        if not limited.any():
            continue
        used = columns.values(window, part.names, used_metric, SECONDS, LOOKS).values
        limited &= (~np.isnan(used)).sum(axis=0) >= LOOKS
        # Never below it for five seconds: busy for an instant is what slots are for.
        least = columns.least(used)
        full = limited & (least >= near * limit)
        # nginx refuses where all its connections are in use, which may be for an instant and never for a look.
        refused = np.nan_to_num(columns.risen(window, part.names, "refused_total", SECONDS)[0])
        accepted = columns.values(window, part.names, "accept_queue", SECONDS, LOOKS).values
        waiting = limited & ((~np.isnan(accepted)).sum(axis=0) >= LOOKS) & ((accepted > 0).sum(axis=0) >= WAITING)
        over = limited & (refused > 0)
        yield InOrder("limits_near", part.places, limited & ~full & ~waiting & ~over, summary="below its limit")
        for i in np.flatnonzero(full | waiting | over):
            last = used[~np.isnan(used[:, i]), i][-1]
            said = f"{used_metric} {last:.0f} of {limit[i]:.0f}"
            if waiting[i]:
                said += f", {np.nanmax(accepted[:, i]):.0f} connections waited in the kernel"
            if over[i]:
                said = f"{refused[i]:.0f} requests or connections were refused in {SECONDS:g} s: no connection was left for them ({said})"
            reason = f"over {SECONDS:g} s at least {least[i]:.0f} of {limit[i]:.0f}, near from {near:.0%}"
            figures = {"used": float(last), "limit": float(limit[i])}
            yield Verdict("limits_near", f"{kind} {part.names[i]}", "bad", "warning", False, said, reason, BY_KIND[kind], figures)
