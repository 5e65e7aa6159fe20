"""The running load balancer and its file say different things: the next reload changes the traffic, or a change never took effect."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool of the files."""
    all_servers = servers(window)
    running, loaded = (columns.latest(window, all_servers.names, metric) for metric in ("weight", "loaded_weight"))
    maintained = np.nan_to_num(columns.latest(window, all_servers.names, "maintenance")) != 0
    known = ~np.isnan(running) & ~np.isnan(loaded)
    differs = known & ((loaded != all_servers.weight) | (running != all_servers.weight) | (maintained & ~all_servers.disabled))
    seen, bad = all_servers.some(known), all_servers.some(differs)
    yield InOrder("drift", all_servers.by_pool, seen & ~bad, summary="file and running state agree")
    for place in np.flatnonzero(~seen):
        name = f"pool {all_servers.pools[place].name}"
        yield Verdict("drift", name, "unknown", "warning", False, "running state is not known", "the load balancer gave no weights")
    for place in np.flatnonzero(bad):
        pool, where = all_servers.pools[place], all_servers.of(int(place))
        found: list[str] = []
        for i in np.flatnonzero(differs[where]) + where.start:
            server, name = pool.servers[i - where.start], all_servers.names[i][len(pool.name) + 1 :]
            if loaded[i] != server.weight:
                found.append(f"{name}: the file says weight {server.weight}, the process was started with {loaded[i]:.0f} (not reloaded)")
            elif running[i] != server.weight:
                found.append(f"{name}: weight {running[i]:.0f} is running, the file says {server.weight} (a reload undoes it)")
            if maintained[i] and not server.disabled:
                found.append(f"{name}: in maintenance at run time, the file says it serves")
        summary = f"{len(found)} differences between file and running state"
        yield Verdict("drift", f"pool {pool.name}", "bad", "warning", False, summary, "; ".join(found))
