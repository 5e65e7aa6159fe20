"""The load balancer's list of servers has gone stale: updates are refused or fail, or the management server is gone.

Nothing else shows it: the old servers go on being served until one of them moves.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.columns import risen
from poise.detectors.pools import pool_names
from poise.detectors.reading import latest
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

# A refused update is told for as long as nothing better came.
SPANS = (30.0, 120.0, 600.0)
FAILURES = 3.0
# What is discovered of the load balancer as a whole, as the metrics' names begin.
WHOLE = {"pools": "clusters (CDS)", "listeners": "listeners (LDS)", "routes": "routes (RDS)"}
# Without any of these there is nothing to say.
TOLD = (
    "control_plane_connected",
    *(f"{what}_discovery_failing_seconds" for what in WHOLE),
    *(f"discovery_{metric}_total" for metric in ("rejected", "failures")),
)


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each pool whose servers are discovered, and one for each load balancer with a management server."""
    if window.measured.isdisjoint(TOLD):
        return
    for balancer in window.stack.of_kind("load-balancer"):
        connected = latest(window, balancer.name, "control_plane_connected")
        failing = [(words, latest(window, balancer.name, f"{what}_discovery_failing_seconds")) for what, words in WHOLE.items()]
        if connected is None and all(seconds is None for _, seconds in failing):
            continue
        old = [(words, seconds) for words, seconds in failing if seconds is not None and seconds >= SPANS[0]]
        gone = connected == 0
        told = ["its management server is gone: changes reach it no more"] if gone else []
        told += [f"for {seconds:.0f} s no update of its {words} was taken, each was refused or failed" for words, seconds in old]
        yield Verdict(
            "discovery_stale",
            f"load-balancer {balancer.name}",
            "bad" if told else "ok",
            "warning",
            False,
            "; ".join(told) or "its updates are taken",
            f"control_plane.connected_state {'unknown' if connected is None else int(connected)}; alarm from {SPANS[0]:g} s of failures",
        )
    every, names = servers(window), pool_names(window)
    refused, failed = (risen(window, names, f"discovery_{metric}_total", *SPANS) for metric in ("rejected", "failures"))
    known = ~np.isnan(refused[0]) | ~np.isnan(failed[0])
    if not known.any():
        return
    taken = risen(window, names, "discovery_updates_total", *SPANS)
    refused, failed, taken = (np.fmax(part, 0.0) for part in (refused, failed, taken))
    # An update that was taken after the refused one made it good: over the shortest span that saw the refusal, none was taken.
    stale = np.zeros(len(names), dtype=np.bool_)
    for row in range(len(SPANS)):
        stale |= ((refused[row] > 0) | (failed[row] >= FAILURES)) & (taken[row] == 0)
    bad = known & stale
    yield InOrder("discovery_stale", every.by_pool, known & ~bad, "warning", False, "updates are taken")
    for place in np.flatnonzero(bad):
        many, tried = float(refused[:, place].max()), float(failed[:, place].max())
        said = f"{many:.0f} updates of its servers were refused" if many else f"{tried:.0f} attempts to learn its servers failed"
        yield Verdict(
            "discovery_stale",
            f"pool {names[place]}",
            "bad",
            "warning",
            False,
            f"{said}, and none was taken since: it goes on with those of before",
            f"in {SPANS[-1]:g} s: refused {many:.0f}, failed {tried:.0f}",
        )
