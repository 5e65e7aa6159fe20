"""The arcs of a ring without one server, worked out for every server at once: the same as those of the ring that is cut down."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from poise.balancers.haproxy import ring as haproxy
from poise.balancers.nginx import ketama as nginx


@pytest.mark.parametrize("weights", [[1, 1], [1, 1, 1], [1] * 20, [1, 100, 2, 10], [256, 1, 1], [3, 1, 7, 7, 1, 1, 2]])
def test_haproxys_ring_without_each(weights: Sequence[int]) -> None:
    names = [f"s{number}" for number in range(len(weights))]
    circle = haproxy.ring(dict(zip(names, weights, strict=True)), {name: number for number, name in enumerate(names, 1)})
    for lost in names:
        left = [name for name in names if name != lost]
        assert circle.arcs_among(left) == circle.among(left).arcs()
    assert circle.arcs_among(names) == circle.arcs()
    assert circle.arcs_among(names[:1]) == circle.among(names[:1]).arcs()


def as_the_walk_finds(circle: nginx.Ring, lost: int) -> list[float]:
    """What `arcs` adds up, from the walk from point to point."""
    usable = [number != lost for number in range(len(circle.names))]
    wide = len(circle.names) - nginx.NOBODY
    found: list[float] = np.bincount(circle.serving(usable) - nginx.NOBODY, weights=circle.gaps, minlength=wide).tolist()
    return found


@pytest.mark.parametrize("weights", [[1, 1], [1] * 20, [1, 100, 2, 10], [300, 1], [200, 1, 1], [3, 1, 7]])
def test_nginxs_ring_without_each(weights: Sequence[int]) -> None:
    """Behind twenty points of the server that is out nginx stops looking, as beside one of weight 300 often happens."""
    circle = nginx.ring(tuple((f"10.0.0.{number + 1}:80", weight) for number, weight in enumerate(weights)))
    for lost in range(len(weights)):
        usable = [number != lost for number in range(len(weights))]
        sums = as_the_walk_finds(circle, lost)
        assert circle.arcs(usable) == (sums[2:], sums[0] + sums[1])
    if weights[0] > 100:
        assert circle.arcs([False, *[True] * (len(weights) - 1)])[1] > 0.01


def test_points_that_two_servers_share_end_the_walk() -> None:
    """Made by hand: equal checksums of 32 bits are rare."""
    chance = Random(1)
    for _ in range(50):
        owners = np.array([chance.choice((nginx.UNKNOWN, 0, 0, 1, 2)) for _ in range(60)])
        points = np.array(sorted(chance.sample(range(nginx.CIRCLE), 60)))
        gaps = np.diff(points, prepend=points[-1] - nginx.CIRCLE) / nginx.CIRCLE
        circle = nginx.Ring(points, gaps, owners, ("a", "b", "c"))
        for lost in range(3):
            sums = as_the_walk_finds(circle, lost)
            assert circle.arcs([number != lost for number in range(3)]) == (sums[2:], sums[0] + sums[1])
