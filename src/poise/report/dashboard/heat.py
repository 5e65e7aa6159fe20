"""Server × time of one pool: who got how much of it, minute by minute. Pure."""

from datetime import UTC, datetime

import numpy as np

from poise.balance.evenness import FEWEST_REQUESTS
from poise.balance.expected import wanted
from poise.model.sample import Window
from poise.report.dashboard.views import HeatStrip


def heat(window: Window, load_balancer: str, pool: str, minutes: int = 20, bins: int = 60) -> HeatStrip:
    """The `minutes` up to the window's end in `bins` of equal length. An unknown pool has no servers.

    What a share is held against is the split that the needs declare, else an even one: it stays the same when weights change, and so the
    change is seen. A bin with fewer than eight requests says nothing.
    """
    found = next((p for topology in window.topologies if (p := topology.pool(pool)) is not None), None)
    seconds = minutes * 60 / bins
    end = window.now_seconds
    starts = tuple(datetime.fromtimestamp(end - (bins - i) * seconds, UTC) for i in range(bins))
    if found is None or not found.servers:
        return HeatStrip(load_balancer, pool, (), starts, seconds, (), ())
    names = tuple(server.name for server in found.servers)
    serving = [server.name for server in found.servers if server.role == "active"] or list(names)
    needed = wanted(found, window.needs.of(pool), serving) or dict.fromkeys(serving, 1 / len(serving))
    table = window.table(tuple(f"{pool}/{name}" for name in names), "requests_total", minutes * 60 + seconds)
    counts = np.zeros((bins, len(names)))
    if len(table.seconds) > 1:
        steps = np.diff(table.values, axis=0)
        # What a counter rose by is put where the rise ended; a fall was a restart.
        rises = np.where(steps > 0, steps, 0.0)
        bin_of = np.ceil((table.seconds[1:] - end) / seconds).astype(int) + bins - 1
        inside = (bin_of >= 0) & (bin_of < bins)
        np.add.at(counts, bin_of[inside], rises[inside])
    totals = counts.sum(axis=1)
    shares = tuple(
        tuple(float(counts[t, s] / totals[t]) if totals[t] >= FEWEST_REQUESTS else None for t in range(bins)) for s in range(len(names))
    )
    ratios = tuple(
        tuple(None if share is None or not needed.get(name) else share / needed[name] for share in row)
        for name, row in zip(names, shares, strict=True)
    )
    return HeatStrip(load_balancer, pool, names, starts, seconds, shares, ratios)
