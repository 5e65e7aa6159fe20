"""The running load balancer and its file say different things: the next reload changes the traffic, or a change never took effect."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.pools import pool_names
from poise.detectors.servers import Floats, Servers, servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Event, Window

# How Envoy's collector begins what it says of settings, which no figure can hold.
NOT_AS_FILE = "does not run as its file says"

# Envoy has no reload: its documentation of `path_config_source` says that only a move is noticed.
NOT_TAKEN = {"envoy": "Envoy runs with {loaded:.0f} (it takes a file that is moved into its place, its own configuration at a restart)"}
NOT_RELOADED = "the process was started with {loaded:.0f} (not reloaded)"


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool of the files."""
    all_servers = servers(window)
    states = tuple(columns.latest(window, all_servers.names, metric) for metric in ("weight", "loaded_weight", "maintenance"))
    names = pool_names(window)
    counts = tuple(columns.latest(window, names, metric) for metric in ("file_differences", "servers_missing", "servers_unfiled"))
    # What is said of settings stands in an event; otherwise the answers hold as long as what is told.
    events = window.events if "file_differences" in window.measured and (counts[0] > 0).any() else ()
    inputs = (all_servers, events, *states, *counts)
    return window.memo.of("drift", inputs, lambda: tuple(_answers(all_servers, events, states, counts)))


def _answers(
    all_servers: Servers, events: tuple[Event, ...], states: tuple[Floats, ...], counts: tuple[Floats, ...]
) -> Iterator[Verdict | InOrder]:
    running, loaded = states[:2]
    maintained = states[2] > 0
    known = ~np.isnan(running) & ~np.isnan(loaded)
    differs = known & ((loaded != all_servers.weight) | (running != all_servers.weight) | (maintained & ~all_servers.disabled))
    settings, missing, unfiled = (np.fmax(each, 0.0) for each in counts)
    seen = all_servers.some(known)
    bad = all_servers.some(differs) | (settings + missing + unfiled > 0)
    seen |= bad
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
                has = NOT_TAKEN.get(pool.product, NOT_RELOADED).format(loaded=loaded[i])
                found.append(f"{name}: the file says weight {server.weight}, {has}")
            elif running[i] != server.weight:
                found.append(f"{name}: weight {running[i]:.0f} is running, the file says {server.weight} (a reload undoes it)")
            if maintained[i] and not server.disabled:
                found.append(f"{name}: in maintenance at run time, the file says it serves")
        count = len(found) + int(missing[place] + unfiled[place] + settings[place])
        found += [f"servers of the file that do not run: {missing[place]:.0f}"] if missing[place] else []
        found += [f"servers that run and are not in the file: {unfiled[place]:.0f}"] if unfiled[place] else []
        if settings[place]:
            found.append(_told(events, f"pool {pool.name}") or f"settings that differ: {settings[place]:.0f}")
        # Whoever reads only the first line must know what to look for.
        summary = found[0] if count == 1 else f"{count} differences between file and running state, the first: {found[0]}"
        yield Verdict("drift", f"pool {pool.name}", "bad", "warning", False, summary, "; ".join(found))


def _told(events: tuple[Event, ...], component: str) -> str | None:
    """What the collector said of the settings of that pool, if it is still known."""
    said = (e.text for e in reversed(events) if e.component == component and NOT_AS_FILE in e.text)
    return next((text.partition(NOT_AS_FILE)[2].lstrip(": ") for text in said), None)
