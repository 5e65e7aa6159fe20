"""The pools of configurations as the rules take them: what each server ought to get, and whether anybody can say so."""

import math
from collections.abc import Iterator, Sequence

from poise.balance.expected import predicted, wanted
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool, Topology
from poise.report.prometheus.subject import Subject, SubjectServer


def subjects_of(topologies: Sequence[Topology], needs: Needs) -> tuple[Subject, ...]:
    """One for each pool that has servers, in the order of the files."""
    return tuple(subject for topology in topologies for subject in _of(topology, needs))


def _of(topology: Topology, needs: Needs) -> Iterator[Subject]:
    for pool in topology.pools:
        servers = [s for s in pool.servers if s.role != "disabled"]
        if servers and not pool.partly_read:
            listeners = tuple(dict.fromkeys(listener.name for listener, _ in topology.routes_to(pool.name)))
            yield _subject(pool, needs.of(pool.name), {s.name for s in servers}, listeners)


def _subject(pool: Pool, needs: PoolNeeds, up: set[str], listeners: tuple[str, ...]) -> Subject:
    declared, split = wanted(pool, needs, up), predicted(pool, up)
    # What is kept even by load, and servers that come and go without a reload, have no share that a file could name.
    foretold = split is not None and split.judged_by != "concurrency" and not pool.discovered and sum(split.shares.values()) > 0
    shares = declared or (split.shares if split is not None and foretold else None)
    named: dict[str, int] = {}
    found: list[SubjectServer] = []
    for server in pool.servers:
        if server.name not in up or server.name in named:
            continue
        named[server.name] = 1
        off = split.uncertainty.get(server.name, 0.0) if split is not None and declared is None else 0.0
        found.append(SubjectServer(server.name, not server.backup, server.weight, shares.get(server.name, 0.0) if shares else 0.0, off))
    basis = None if shares is None else "needs" if declared else "configuration"
    dispersion = max(1.0, split.dispersion) if split is not None else 1.0
    return Subject(
        pool.name, pool.product, tuple(found), basis, dispersion, needs.objectives.availability, _needed(needs), listeners=listeners
    )


def _needed(needs: PoolNeeds) -> int | None:
    """How many servers the declared peak keeps busy: by Little's law, requests in service over what one takes at once."""
    if not (needs.peak_requests_per_second and needs.service_time_ms and needs.concurrency_per_server):
        return None
    return math.ceil(needs.peak_requests_per_second * needs.service_time_ms / 1000 / needs.concurrency_per_server)
