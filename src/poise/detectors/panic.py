"""Envoy is in panic: so few servers of a pool are healthy that it sends requests to all of them, ill ones too.

`lb_healthy_panic` counts the choices made so (Envoy, cluster manager statistics, load balancer).
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.columns import latest, risen
from poise.detectors.pools import pool_names
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

SECONDS = 10.0


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each pool that counts panic."""
    if "panic_total" not in window.measured:
        return
    every, names = servers(window), pool_names(window)
    blind, requests = (risen(window, names, metric, SECONDS)[0] for metric in ("panic_total", "requests_total"))
    known = ~np.isnan(blind)
    if not known.any():
        return
    bad = known & (blind > 0)
    yield InOrder("panic", every.by_pool, known & ~bad, "error", True, "not in panic")
    if not bad.any():
        return
    healthy, there = latest(window, names, "servers_up"), latest(window, names, "servers")
    for place in np.flatnonzero(bad):
        counted = "" if np.isnan(healthy[place]) else f"{healthy[place]:.0f} of {there[place]:.0f} servers are healthy; "
        yield Verdict(
            "panic",
            f"pool {names[place]}",
            "bad",
            "error",
            True,
            f"in panic: {counted}requests go to servers that are known to be ill",
            f"{blind[place]:.0f} choices in {SECONDS:g} s took no notice of health, of {np.nan_to_num(requests[place]):.0f} requests",
            ("server-down", "wrong-health-check"),
            {"choices": float(blind[place])},
        )
