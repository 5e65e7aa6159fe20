"""A limit is reached: sessions of a listener, a server's maxconn, an application's slots, a database's connections.

A frontend at its limit is invisible in every other figure: connections wait in the kernel, and only clients feel it.
"""

from collections.abc import Iterable
from datetime import datetime

from poise.detectors.reading import latest, values
from poise.model.alert import State, Verdict
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
WAITING = 3
BY_KIND: dict[ComponentKind, tuple[str, ...]] = {
    "load-balancer": ("listener-maxconn",),
    "listener": ("listener-maxconn",),
    "server": ("server-maxconn",),
    "application": ("uneven-weights", "server-slow", "servers-slow-all", "surge"),
    "database": ("database-connections",),
}


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each component with a limit."""
    for kind, used_metric, limit_metric, near in LIMITS:
        for part in window.stack.of_kind(kind):
            limit, used = latest(window, part.name, limit_metric), values(window, part.name, used_metric, SECONDS)
            if not limit or len(used) < 3:
                continue
            # Never below it for five seconds: busy for an instant is what slots are for.
            full = float(used.min()) >= near * limit
            accepted = values(window, part.name, "accept_queue", SECONDS)
            waiting = len(accepted) >= 3 and int((accepted > 0).sum()) >= WAITING
            said = f"{used_metric} {used[-1]:.0f} of {limit:.0f}"
            if waiting:
                said += f", {accepted.max():.0f} connections waited in the kernel"
            reason = f"over {SECONDS:g} s at least {used.min():.0f} of {limit:.0f}, near from {near:.0%}"
            state: State = "bad" if full or waiting else "ok"
            figures = {"used": float(used[-1]), "limit": limit}
            yield Verdict("limits_near", f"{kind} {part.name}", state, "warning", False, said, reason, BY_KIND[kind], figures)
