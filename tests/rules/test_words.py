"""What findings say reads as a person would say it."""

from datetime import timedelta

import pytest

from poise.rules.words import duration, verb


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.5, "500 ms"),
        (90, "90 s"),
        (650, "650 s"),
        (600, "10 min"),
        (5400, "90 min"),
        (7200, "2 h"),
        (86400, "24 h"),
        (172800, "2 days"),
        (2147483.647, "24.9 days"),
        (1e9, "31.7 years"),
    ],
)
def test_a_duration_has_the_largest_unit_that_is_sensible(seconds: float, said: str) -> None:
    assert duration(timedelta(seconds=seconds)) == said


def test_the_longest_duration_is_said_without_an_exponent() -> None:
    assert duration(timedelta.max) == "2737851 years"


def test_one_carries_and_two_carry() -> None:
    assert (verb(1, "carry"), verb(2, "carry"), verb(1, "get"), verb(0, "get")) == ("carries", "carry", "gets", "get")
