"""Clients whose word that requests fail is contradicted: who measures may be what is broken.

A request that a server answered well was not lost before it, so who says that more are lost than the servers miss is wrong. And a prober,
which sends little, is contradicted by clients that tell how much they send and are well.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import pools
from poise.diagnosis.shift import ENOUGH, MIDDLE, certainty, degree
from poise.model.component_label import component_label
from poise.model.could_not import CouldNot
from poise.model.memo import Memo
from poise.model.sample import AllSeries, Window

WORD, SENT = "success_ratio", "requests_per_second"
# Smaller losses than this can hide in what arrives: counts of some seconds spread by as much.
LEAST_LOST, WELL = 0.1, 0.98
SURELY = 0.75
# What a server counts that is no good answer, whoever's fault it is.
NOT_WELL = ("responses_5xx_total", "connection_errors_total", "response_errors_total", "aborts_total")


def disbelieved(cut: Halves) -> tuple[str, ...]:
    """The clients that say that requests fail while others tell otherwise."""
    return tuple(c.name for c in cut.window.stack.of_kind("client") if _doubt(cut, c.name) >= SURELY)


def all_disbelieved(window: Window, names: Collection[str]) -> bool:
    """Whether nobody else tells whether requests succeed."""
    return bool(names) and all(c.name in names or not len(window.get(c.name, WORD).values) for c in window.stack.of_kind("client"))


def without_word(window: Window, names: Collection[str]) -> Window:
    """The window without what these clients say of success."""
    frames = tuple(
        replace(f, metrics={m: row for m, row in f.metrics.items() if m != WORD}) if any(n in f.places for n in names) else f
        for f in window.frames
    )
    loose = {(name, m): each for (name, m), each in window.loose.items() if m != WORD or name not in names}
    return replace(window, series=AllSeries(loose, frames) if frames else loose, frames=frames, memo=Memo(), looked={})


def not_believed(names: Collection[str]) -> tuple[CouldNot, ...]:
    """What is told of them."""
    why = "says that requests fail, and the load balancer's counters or other clients say otherwise: not believed; look at who measures"
    return tuple(CouldNot(component_label("client", name), why) for name in names)


def _doubt(cut: Halves, client: str) -> float:
    if not len(cut.window.get(client, SENT).values):
        told = _by_traffic(cut.window, client)
        if told >= SURELY:
            return told
    return _by_servers(cut, client)


def _by_traffic(window: Window, prober: str) -> float:
    """How surely clients with traffic were well at most of the instants at which a prober failed: then it is no harm of theirs."""
    told = window.get(prober, WORD)
    failing = told.seconds[told.values < 1 - LEAST_LOST]
    with_traffic = [c.name for c in window.stack.of_kind("client") if len(window.get(c.name, SENT).values)]
    series = [s for name in with_traffic if len((s := window.get(name, WORD)).values)]
    if not len(failing) or not series:
        return 0.0
    well = np.ones(len(failing), dtype=np.bool_)
    for each in series:
        latest = each.seconds.searchsorted(failing, side="right") - 1
        well &= (latest >= 0) & (each.values[latest] >= WELL)
    return degree(MIDDLE + 8 * (float(well.mean()) - 0.5), certainty(len(failing)))


def _by_servers(cut: Halves, client: str) -> float:
    """How surely the servers answer as much well as ever of what is sent, and no later."""
    success, normally = cut.now(client, WORD), cut.median_normal(client, WORD)
    lost = (normally if normally is not None else 1.0) - float(success.mean()) if len(success) >= ENOUGH else 0.0
    if lost < LEAST_LOST:
        return 0.0
    servers = [c for parts in pools(cut) for c in parts.servers.values()]
    now, usual = _rate(_well(cut, servers, since=True)), _rate(_well(cut, servers, since=False))
    if usual < 1:
        return 0.0
    sent, before = cut.median_now(client, SENT), cut.median_normal(client, SENT)
    # Clients that send more, and get as much answered as ever, do lose the rest.
    usual *= sent / before if sent is not None and before else 1.0
    answered = (now / usual - (1 - lost)) / lost if usual > 0 else 0.0
    late = max((m.degree_up for k in ("p50_ms", "p99_ms") if (m := cut.shift(client, k, 30.0, 0.2)) is not None), default=0.0)
    return degree(MIDDLE + 8 * (answered - 0.6), certainty(len(success))) * (1 - late)


def _well(cut: Halves, servers: Iterable[str], since: bool) -> Iterable[tuple[float, float]]:
    """Of each server the good answers and the seconds in which it gave them, since the onset or before it."""
    counter = cut.counter_now if since else cut.counter_normal
    for server in servers:
        if (done := counter(server, "requests_total")) is not None and done[1] > 0:
            bad = sum(c[0] for metric in NOT_WELL if (c := counter(server, metric)) is not None)
            yield max(done[0] - bad, 0.0), done[1]


def _rate(counted: Iterable[tuple[float, float]]) -> float:
    return sum(rise / seconds for rise, seconds in counted)
