"""A pool has no active server left and lives on its backups: there is nothing behind them, and they are often the smaller machines.

Counting servers that are up does not see it, for backups are up. (One published rule for HAProxy asks for "no alive backends" and counts
them.)
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.columns import serving
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each pool that has backups."""
    every = servers(window)
    if every.active.all():
        return
    serves, known = serving(window, every.names)
    backups = ~every.active & ~every.disabled
    concerned = (every.sums(every.active) > 0) & every.some(backups) & every.some(known)
    bad = concerned & (every.sums(every.active & serves) == 0) & every.some(backups & serves)
    yield InOrder("backups_only", every.by_pool, concerned & ~bad, "error", False, "active servers serve")
    for place in np.flatnonzero(bad):
        pool = every.pools[place]
        inside = every.of(int(place))
        left = [server.name for server, here in zip(pool.servers, (backups & serves)[inside], strict=True) if here]
        yield Verdict(
            "backups_only",
            f"pool {pool.name}",
            "bad",
            "error",
            False,
            f"runs on {'its last backup' if len(left) == 1 else f'{len(left)} backups'} only: {', '.join(left)}",
            f"no active server serves; backups that do: {', '.join(left)}",
            ("server-down", "wrong-health-check"),
        )
