"""A pool has no active server left and lives on its backups (in Envoy, on servers of a lower priority): there is nothing behind them, and
they are often the smaller machines.

Counting servers that are up does not see it, for backups are up. (One published rule for HAProxy asks for "no alive backends" and counts
them.)
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from poise.detectors.columns import latest, serving
from poise.detectors.pools import pool_names
from poise.detectors.servers import Mask, Servers, servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each pool that has backups."""
    yield from _lower_priorities(window)
    every = servers(window)
    serves, known = serving(window, every.names)
    yield from window.memo.of("backups_only", (every, serves, known), lambda: tuple(_backups(every, serves, known)))


def _backups(every: Servers, serves: Mask, known: Mask) -> Iterator[Verdict | InOrder]:
    if every.active.all():
        return
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


def _lower_priorities(window: Window) -> Iterable[Verdict | InOrder]:
    """Of pools with several priorities: whether the first still gets a part of the traffic."""
    if "first_priority_ratio" not in window.measured:
        return
    every, names = servers(window), pool_names(window)
    part = latest(window, names, "first_priority_ratio")
    known = ~np.isnan(part)
    if not known.any():
        return
    bad = known & (part == 0)
    yield InOrder("backups_only", every.by_pool, known & ~bad, "error", False, "its first priority serves")
    for place in np.flatnonzero(bad):
        yield Verdict(
            "backups_only",
            f"pool {names[place]}",
            "bad",
            "error",
            False,
            "runs on its lower priorities only: no server of the first is fit",
            "the first priority gets 0 % of the traffic, by the health that the load balancer tells",
            ("server-down", "wrong-health-check"),
        )
