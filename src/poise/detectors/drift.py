"""The running load balancer and its file say different things: the next reload changes the traffic, or a change never took effect."""

from collections.abc import Iterable
from datetime import datetime

from poise.detectors.reading import latest
from poise.model.alert import State, Verdict
from poise.model.sample import Window


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each pool of the files."""
    for pool in (p for topology in window.topologies for p in topology.pools):
        found: list[str] = []
        seen = False
        for server in pool.servers:
            name = f"{pool.name}/{server.name}"
            running, loaded, disabled = (latest(window, name, m) for m in ("weight", "loaded_weight", "maintenance"))
            if running is None or loaded is None:
                continue
            seen = True
            if loaded != server.weight:
                found.append(
                    f"{server.name}: the file says weight {server.weight}, the process was started with {loaded:.0f} (not reloaded)"
                )
            elif running != server.weight:
                found.append(f"{server.name}: weight {running:.0f} is running, the file says {server.weight} (a reload undoes it)")
            if disabled and not server.disabled:
                found.append(f"{server.name}: in maintenance at run time, the file says it serves")
        state: State = "bad" if found else "ok" if seen else "unknown"
        summary = f"{len(found)} differences between file and running state" if found else "file and running state agree"
        yield Verdict("drift", f"pool {pool.name}", state, "warning", False, summary, "; ".join(found) or "weights and states compared")
