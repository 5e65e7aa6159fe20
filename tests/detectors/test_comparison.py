"""The quick look at all pools misses nothing that the judge of one pool calls uneven."""

import numpy as np
import pytest
from series_as_data import NOW

from poise.detectors.comparison import HOT_RATIO, RATIO, SPANS, Reference, furthest
from poise.detectors.expected_shares import scale
from poise.detectors.screen import Shares, screen
from poise.detectors.servers import servers
from poise.model.location import Location
from poise.model.sample import Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology

HERE = Location("haproxy.cfg", 1, 1)


def pools(sizes: list[int]) -> Window:
    each = []
    for p, n in enumerate(sizes):
        members = tuple(Server(f"s{i}", "h:1", "active", 1, HERE) for i in range(n))
        each.append(Pool(f"pool{p}", "haproxy", "http", Algorithm("roundrobin"), members, HERE))
    return Window(Stack(), NOW, topologies=(Topology("haproxy", "f", pools=tuple(each)),))


@pytest.mark.parametrize("seed", range(6))
def test_no_uneven_pool_is_missed(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sizes = [int(n) for n in draw.integers(0, 9, 40)]
    every = servers(pools(sizes))
    share, uncertainty, counts = np.zeros(len(every.names)), np.zeros(len(every.names)), np.zeros((len(SPANS), len(every.names)))
    exists, steady = draw.random(len(sizes)) < 0.95, draw.choice([0.5, 4.0, 120.0, 120.0, 120.0], len(sizes))
    dispersion, ratio = draw.choice([1.0, 1.0, 4.0], len(sizes)), draw.choice([RATIO, HOT_RATIO, 2.5], len(sizes))
    for p, n in enumerate(sizes):
        if not n:
            continue
        kind = draw.integers(4)
        weights = np.ones(n) if kind < 2 else draw.choice([0.0, 1.0, 1.0, 3.0, 256.0], n) if kind == 2 else draw.dirichlet(np.ones(n))
        where = every.of(p)
        share[where] = weights / weights.sum() if weights.sum() else 0.0
        uncertainty[where] = draw.choice([0.0, 0.0, 0.03])
        real = share[where] if draw.random() < 0.5 or not weights.sum() else draw.dirichlet(np.full(n, draw.choice([0.3, 1.0, 5.0])))
        rate = draw.choice([0.1, 1.0, 3.0, 20.0, 200.0])
        steps = [draw.multinomial(draw.poisson(rate * s), real if real.sum() else np.full(n, 1 / n)) for s in np.diff([0.0, *SPANS])]
        counts[:, where] = np.cumsum(steps, axis=0)
    maybe, judged = screen(
        every, counts, Shares(scale(every, share[None], uncertainty[None]), exists[None], dispersion, steady[None], ratio[None])
    )
    uneven = 0
    for p, n in enumerate(sizes):
        if not exists[p] or not n:
            assert p not in maybe and not judged[p]
            continue
        where, names = every.of(p), [s.name for s in every.pools[p].servers]
        by_span = [dict(zip(names, row.astype(int).tolist(), strict=True)) for row in counts[:, where]]
        shares, doubts = (dict(zip(names, each[where].tolist(), strict=True)) for each in (share, uncertainty))
        reference = Reference("", shares, float(dispersion[p]), doubts, float(steady[p]), float(ratio[p]))
        found, seen = furthest(by_span, reference)
        assert seen == judged[p]
        uneven += found is not None
        assert p in maybe or found is None, (by_span, reference)
        # What is surely even need not be asked how sure that is.
        assert found is None or furthest(by_span, reference, maybe[p][0]) == (found, seen)
    assert uneven
    # And it spares the judge most of the pools that are well.
    assert len(maybe) <= uneven + 6
