"""A server comes and goes: each time its share moves to the others and back, and what it held is lost."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.columns import steady_seconds, values
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

# Down and up again twice in ten minutes. One restart is one; a deploy that restarts it a second time is another.
SECONDS, CHANGES = 600.0, 4
# Who has stood still for so long has stopped.
QUIET_SECONDS = 120.0


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each server whose state is known; only what changed lately is looked at more closely."""
    every = servers(window)
    steady = steady_seconds(window, every.names, "up", QUIET_SECONDS)
    lately = (steady < QUIET_SECONDS).nonzero()[0]
    if not len(lately):
        yield InOrder("health_flapping", every.by_server, steady >= QUIET_SECONDS, "warning", False, "its state stands")
        return
    changes = np.zeros(len(every.names))
    table = values(window, tuple(every.names[i] for i in lately), "up", SECONDS)
    changes[lately] = (np.diff(table.values, axis=0) != 0).sum(axis=0, where=~np.isnan(np.diff(table.values, axis=0)))
    bad = changes >= CHANGES
    yield InOrder("health_flapping", every.by_server, ~bad, "warning", False, "its state stands")
    for place in np.flatnonzero(bad):
        yield Verdict(
            "health_flapping",
            f"server {every.names[place]}",
            "bad",
            "warning",
            False,
            f"came and went: its state changed {changes[place]:.0f} times in {SECONDS / 60:g} minutes",
            f"{changes[place]:.0f} changes between up and down in {SECONDS:g} s, alarm at {CHANGES}; the last {steady[place]:.0f} s ago",
            ("wrong-health-check", "deep-health-check", "server-down"),
            {"changes": float(changes[place])},
        )
