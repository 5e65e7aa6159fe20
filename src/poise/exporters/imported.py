"""The window of each load balancer from what exporters told, and what of it was not understood. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np

from poise.exporters import EXPORTERS
from poise.exporters.alerts import ALERTS, alerts
from poise.exporters.metric import Labelled, Measured
from poise.model.could_not import CouldNot
from poise.model.listener_component import listener_component
from poise.model.needs import Needs
from poise.model.plain_text import plain
from poise.model.sample import Component, Event, Series, Stack, Window
from poise.model.topology import Topology

NAMES_TOLD = 6
# What Prometheus adds to every target.
OF_PROMETHEUS = ("up", "scrape_", "ALERTS_FOR_STATE", "go_", "process_", "promhttp_", "nginxexporter_", "postgres_exporter_")


@dataclass(frozen=True, slots=True)
class Imported:
    """A window by load balancer, named as Prometheus tells them apart; one named "" where none was seen."""

    windows: Mapping[str, Window]
    could_not: tuple[CouldNot, ...]


def imported(
    found: Sequence[Labelled], needs: Needs, topologies: Sequence[Topology] = (), start: datetime | None = None, end: datetime | None = None
) -> Imported:
    """What these series say between the instants. A topology belongs to the load balancer that tells of most of its pools."""
    found = _merged(_between(one, start, end) for one in found)
    measured = [m for exporter in EXPORTERS for m in exporter.read([f for f in found if exporter.knows(f.name)]) if len(m.series.seconds)]
    could_not = list(_unknown(found))
    last = max((float(m.series.seconds[-1]) for m in measured), default=None)
    if last is None:
        could_not.append(CouldNot("prometheus", "none of the series is of an exporter that poise knows: there is nothing to judge"))
    now = end or datetime.fromtimestamp(last or 0.0, UTC)
    events = tuple(e for one in found if one.name == ALERTS for e in alerts(one))
    balancers = list(dict.fromkeys(m.of for m in measured if m.of))
    if measured and not balancers:
        could_not.append(CouldNot("prometheus", "nothing of a load balancer is in it: its shares, queues and limits cannot be judged"))
    shared = [m for m in measured if not m.of]
    windows = {}
    for of in balancers or ([""] if measured else []):
        mine = [m for m in measured if m.of == of and of]
        topology = _topology(of, balancers, topologies, measured)
        windows[of] = _window(of if len(balancers) > 1 else "lb1", mine, shared, needs, topology, now, events)
    used = {id(t) for w in windows.values() for t in w.topologies}
    could_not += [CouldNot(t.file, "no load balancer in Prometheus tells of its pools") for t in topologies if id(t) not in used]
    return Imported(windows, tuple(could_not))


def _between(one: Labelled, start: datetime | None, end: datetime | None) -> Labelled:
    if start is None and end is None:
        return one
    low, high = start.timestamp() if start else -np.inf, end.timestamp() if end else np.inf
    return Labelled(one.name, one.labels, one.series.between(low, high))


def _merged(found: Iterable[Labelled]) -> list[Labelled]:
    """A series that came in several answers is one."""
    whole: dict[tuple[str, frozenset[tuple[str, str]]], list[Labelled]] = {}
    for one in found:
        whole.setdefault((one.name, frozenset(one.labels.items())), []).append(one)
    return [several[0] if len(several) == 1 else _joined(several) for several in whole.values()]


def _joined(several: Sequence[Labelled]) -> Labelled:
    instants, first = np.unique(np.concatenate([one.series.seconds for one in several]), return_index=True)
    return Labelled(several[0].name, several[0].labels, Series(instants, np.concatenate([one.series.values for one in several])[first]))


def _unknown(found: Sequence[Labelled]) -> Iterator[CouldNot]:
    names = sorted(
        {
            plain(one.name)[:80]
            for one in found
            if one.name != ALERTS and not one.name.startswith(OF_PROMETHEUS) and not any(e.knows(one.name) for e in EXPORTERS)
        }
    )
    if names:
        told = ", ".join(names[:NAMES_TOLD]) + (f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else "")
        yield CouldNot("prometheus", f"not read, for poise has no use for them or does not know their exporter: {told}")


def _topology(of: str, balancers: Sequence[str], topologies: Sequence[Topology], measured: Sequence[Measured]) -> Topology | None:
    pools = {m.name if m.kind == "pool" else m.pool for m in measured if m.of == of and m.kind in ("pool", "server")}
    fits = [(sum(p.name in pools for p in t.pools), -place, t) for place, t in enumerate(topologies)]
    best = max(fits, key=lambda fit: fit[:2], default=None)
    # The only file is the only load balancer's.
    return best[2] if best is not None and (best[0] or (len(balancers) < 2 and len(topologies) == 1)) else None


def _window(
    name: str,
    mine: Sequence[Measured],
    shared: Sequence[Measured],
    needs: Needs,
    topology: Topology | None,
    now: datetime,
    events: tuple[Event, ...],
) -> Window:
    parts: dict[str, Component] = {}
    edges: dict[tuple[str, str], None] = {}
    series: dict[tuple[str, str], Series] = {}
    pools = {m.name for m in mine if m.kind == "pool"} | {m.pool for m in mine if m.pool}
    if mine:
        parts[name] = Component(name, "load-balancer", topology.file if topology is not None else None)
    for m in (*mine, *_known_as(shared, needs)):
        component = name if m.kind == "load-balancer" else m.name
        if m.kind == "listener":
            component = listener_component(component, shared=component in pools)
        parts.setdefault(component, Component(component, m.kind, _address(topology, m)))
        series[component, m.metric] = m.series
        if m.kind == "server" and m.pool is not None:
            parts.setdefault(m.pool, Component(m.pool, "pool"))
            edges |= {(name, m.pool): None, (m.pool, component): None}
        elif m.kind in ("pool", "listener"):
            edges[name, component] = None
    if mine:
        series[name, "interval_seconds"] = _pause(mine)
    edges |= dict.fromkeys(_ways(parts, needs, topology))
    kept = tuple(edge for edge in edges if edge[0] in parts and edge[1] in parts)
    return Window(Stack(tuple(parts.values()), kept), now, series, events, (topology,) if topology is not None else (), needs)


def _pause(mine: Sequence[Measured]) -> Series:
    """How far two looks at the load balancer lie apart: what is not news is no silence."""
    steps = np.diff(max((m.series for m in mine), key=lambda s: len(s.seconds)).seconds)
    last = max(float(m.series.seconds[-1]) for m in mine)
    return Series(np.array([last]), np.array([max(float(np.median(steps)), 1.0) if len(steps) else 1.0]))


def _address(topology: Topology | None, m: Measured) -> str | None:
    pool = topology.pool(m.pool) if topology is not None and m.pool is not None else None
    server = pool.server(m.name.removeprefix(f"{m.pool}/")) if pool is not None else None
    return server.address if server is not None else None


def _known_as(shared: Sequence[Measured], needs: Needs) -> Iterator[Measured]:
    """What stands beside the load balancer under the names of `[watch]`: an application by the address of its page, the only database and
    the only client by being the only one."""
    pages: dict[str, str] = {}
    for full, watched in needs.watch.server.items():
        if watched.metrics:
            pages[urlsplit(watched.metrics).netloc.rpartition("@")[2]] = watched.application or full.rpartition("/")[2]
    names = {kind: {m.name for m in shared if m.kind == kind} for kind in ("database", "client")}
    declared = list(needs.watch.database)
    only = {"client": "client", "database": declared[0] if len(declared) == 1 else ""}
    for m in shared:
        name = pages.get(m.name, m.name) if m.kind == "application" else m.name
        if m.kind in only and only[m.kind] and len(names[m.kind]) == 1:
            name = only[m.kind]
        yield Measured(m.of, m.kind, name, m.metric, m.series, m.pool)


def _ways(parts: Mapping[str, Component], needs: Needs, topology: Topology | None) -> Iterator[tuple[str, str]]:
    if topology is not None:
        for listener in topology.listeners:
            yield from ((topology.listener_component(listener.name), route.pool) for route in listener.routes)
    for full, watched in needs.watch.server.items():
        yield full, watched.application or full.rpartition("/")[2]
    for name, database in needs.watch.database.items():
        yield from ((application, name) for application in database.used_by)
    clients = [c.name for c in parts.values() if c.kind == "client"]
    yield from ((client, c.name) for client in clients for c in parts.values() if c.kind == "listener")
