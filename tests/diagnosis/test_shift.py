"""Robust shifts: arithmetic by hand."""

from datetime import UTC, datetime
from math import exp

import numpy as np
import pytest

from poise.diagnosis.halves import Halves
from poise.diagnosis.shift import Shift, against, certainty, degree, middle
from poise.model.sample import Component, Series, Stack, Window

START = 1_764_200_000.0


def moved(before: list[float], after: list[float], floor: float) -> Shift | None:
    seconds = START + np.arange(len(before) + len(after))
    window = Window(
        Stack((Component("main", "database"),)),
        datetime.fromtimestamp(seconds[-1], UTC),
        {("main", "active"): Series(seconds, np.array([*before, *after]))},
    )
    return Halves(window, (START, START + len(before) - 1), (START + len(before), seconds[-1])).shift("main", "active", floor)


def test_the_scale_is_the_largest_of_floor_relative_and_spread() -> None:
    # floor 1, 15 % of 10 is 1.5, spread 0: scale 1.5, and 25 - 10 = 15 is 10 scales.
    found = moved([10.0, 10, 10, 10, 10], [25.0, 25, 25], floor=1.0)
    assert found is not None
    assert found.scales == pytest.approx(10)
    assert found.certainty == pytest.approx(0.75)


def test_one_wild_value_moves_nothing() -> None:
    found = moved([10.0, 11, 9, 10, 5000], [10.0, 9000, 10], floor=1.0)
    assert found is not None
    assert abs(found.scales) < 0.1


def test_both_directions_count() -> None:
    fell = against(100.0, 10.0, 9, scale=10.0)
    assert fell.degree_down > 0.95
    assert fell.degree_up < 0.05


def test_a_degree_is_a_logistic_that_certainty_flattens() -> None:
    assert degree(3) == 0.5
    assert degree(5, 1) == pytest.approx(1 / (1 + exp(-2)))
    assert degree(5, 0.5) == pytest.approx(1 / (1 + exp(-1)))
    assert degree(1e9) == pytest.approx(1 / (1 + exp(-6)))
    assert degree(1e9, 0) == 0.5


def test_certainty_grows_with_samples() -> None:
    assert [certainty(n) for n in (-1, 0, 1, 3)] == [0, 0, 0.5, 0.75]


def test_too_little_is_none() -> None:
    assert moved([1.0, 2], [3.0], 1.0) is None
    assert moved([1.0, 1, 1, 1], [np.nan], 1.0) is None


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_the_middle_is_the_median(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert middle(values) == pytest.approx(float(np.median(values)))
