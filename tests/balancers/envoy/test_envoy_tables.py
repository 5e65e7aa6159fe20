"""Rings and tables by themselves: their limits, their counts, and what they cost."""

import time
from random import Random

import numpy as np
import pytest

from poise.balancers.envoy.hashing import numbered_murmur, numbered_xx
from poise.balancers.envoy.maglev import counts, table
from poise.balancers.envoy.ring import places_of, ring


def hosts(weights: list[int]) -> list[tuple[bytes, float]]:
    """Hosts of these weights, each hashed by an address of its own."""
    return [(f"10.0.{i // 256}.{i % 256}:80".encode(), weight / sum(weights)) for i, weight in enumerate(weights)]


def test_hashes_of_known_texts() -> None:
    """Murmur's values are those of std::hash<std::string> in GNU's C++ library 12."""
    assert numbered_xx(b"", 1).tolist() == [0x633457081244AFEC]
    assert numbered_murmur(b"", 3).tolist() == [0x1FE2F4E72B63D536, 0x8CFF77ADFACB8EA3, 0x3F2A01296FB63016]
    assert numbered_murmur(b"10.0.0.1:80_", 11)[10] == 0x7AFB7F084B12B7EA


@pytest.mark.parametrize("size", [2, 3, 7, 131, 1009, 65537])
@pytest.mark.parametrize("count", [1, 2, 3, 20, 300])
def test_a_table_is_full_and_has_the_counts_that_are_told_without_it(size: int, count: int) -> None:
    chance = Random(f"{size} {count}")
    for heaviest in (1, 7, 1000):
        made = hosts([chance.randint(1, heaviest) for _ in range(count)])
        laid = table(made, size)
        assert laid.min() >= 0
        assert np.bincount(laid, minlength=count).tolist() == counts([weight for _, weight in made], size).tolist()


def test_a_ring_gives_every_host_its_places_and_all_arcs_together_are_the_whole() -> None:
    made = hosts([1, 2, 5])
    assert places_of([weight for _, weight in made], 1024, 1 << 23) == [128, 256, 640]
    # The maximum cuts: fractions are carried to the next host.
    assert places_of([1 / 3] * 3, 1024, 10) == [4, 3, 3]
    laid = ring(made, 1024, 1 << 23)
    assert laid.parts().sum() == pytest.approx(1)
    assert ring(made[:1], 1, 1).parts().tolist() == [1.0]


def test_a_table_of_the_usual_size_for_a_hundred_hosts_takes_less_than_50_ms() -> None:
    made = hosts([1 + i % 9 for i in range(100)])
    best = 1.0
    for _ in range(7):
        start = time.process_time()
        table(made, 65537)
        best = min(best, time.process_time() - start)
    assert best < 0.05
