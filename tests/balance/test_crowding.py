"""Whether a server surely gets more than its part: against the binomial's own terms, and where others get less."""

from math import comb, isclose

import numpy as np
import pytest

from poise.balance.crowding import at_least, crowding

FOUR = dict.fromkeys(("a", "b", "c", "d"), 0.25)


@pytest.mark.parametrize(("count", "total", "share"), [(8, 8, 0.3), (40, 80, 0.3), (90, 240, 0.3), (350, 1000, 0.3), (3, 60, 0.004)])
def test_the_tail_is_bounded_closely_and_never_told_too_small(count: int, total: int, share: float) -> None:
    exact = sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count, total + 1))
    assert exact * (1 - 1e-9) <= at_least(count, total, share) <= 1.3 * exact


def test_ends_of_the_tail() -> None:
    assert at_least(0, 10, 0.3) == at_least(3, 10, 0.3) == at_least(5, 10, 1.0) == 1.0
    assert at_least(1, 10, 0.0) == 0.0
    assert isclose(at_least(10, 10, 0.5), 2**-10)


def test_dispersion_counts_as_so_many_fewer_requests() -> None:
    found = [crowding({"a": 150, "b": 50, "c": 50, "d": 50}, FOUR, phi, least_ratio=1.25, surely_above=1.2, p=1e-3) for phi in (1.0, 4.0)]
    assert found[0] is not None and found[1] is not None
    assert isclose(found[0].p, at_least(150, 300, 0.3)) and isclose(found[1].p, at_least(37.5, 75, 0.3))


def test_who_is_far_over_its_part_is_named() -> None:
    found = crowding({"a": 10, "b": 10, "c": 30, "d": 150}, FOUR, 1.0, least_ratio=1.25, surely_above=1.2, p=1e-6)
    assert found is not None and (found.server, found.observed, found.expected) == ("d", 0.75, 0.25)


def test_requests_to_a_server_that_should_get_none() -> None:
    found = crowding({"a": 90, "b": 10}, {"a": 1.0}, 1.0, least_ratio=1.25, surely_above=1.2, p=1e-6)
    assert found is not None and found.server == "b"


def test_nobody_is_crowded_by_what_one_of_three_leaves_at_half_its_weight() -> None:
    # 40 % for each of two, of which a third is their part: within 1.2 times. 20,000 looks at p = 1e-4 of two servers: 4 expected at most.
    draw = np.random.default_rng(5)
    counts = draw.multinomial(600, [0.2, 0.4, 0.4], 20_000)
    shares = dict.fromkeys("abc", 1 / 3)
    over = sum(
        crowding(dict(zip("abc", row, strict=True)), shares, 1.0, least_ratio=1.25, surely_above=1.2, p=1e-4) is not None
        for row in counts.tolist()
    )
    assert over <= 10


def test_no_requests_crowd_nobody() -> None:
    assert crowding({"a": 0, "b": 0}, {"a": 0.5, "b": 0.5}, 1.0, least_ratio=1.25, surely_above=1.2, p=1e-6) is None
