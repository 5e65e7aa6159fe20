"""A load balancer gives poise one per cent of its time, and many are not asked at once. Expected values are arithmetic."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from poise.daemon.cadence import CEILING, Cadence

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def after(*answers: tuple[float, int], floor: float = 1.0) -> Cadence:
    cadence = Cadence(timedelta(seconds=floor))
    for seconds, size in answers:
        cadence.answered(seconds, size)
    return cadence


def test_a_small_one_is_looked_at_each_second_and_a_large_one_a_hundred_times_less_than_it_answers() -> None:
    assert after((0.002, 4000)).interval == timedelta(seconds=1) and after((0.002, 4000)).words() is None
    large = after((0.295, 2_430_000))
    assert large.interval == timedelta(seconds=29.5)
    assert large.words() == "looked at every 29.5 s: it takes 295 ms to answer, and poise costs it at most 1 % of its time"


def test_waiting_is_not_work() -> None:
    # 4 kB are written in 5.8 ms at the very most: the rest of the 300 ms was a queue, which asking less does not shorten.
    assert after((0.3, 4000)).interval == timedelta(seconds=1)
    # One slow answer among quick ones says nothing either.
    assert after((0.1, 10**7), (0.9, 10**7)).interval == timedelta(seconds=10)


def test_the_ceiling_is_said_with_what_it_costs() -> None:
    words = after((3.0, 10**8)).words()
    assert words == "looked at every 60 s, the least: it takes 3000 ms to answer, so poise costs it 5.0% of its time"
    assert after(floor=10).interval == timedelta(seconds=10)


def test_no_beat_of_a_second_loses_a_look() -> None:
    for start in (0.0, 0.4, 0.9):
        cadence = after((0.001, 1000))
        turns = [NOW + timedelta(seconds=start + beat) for beat in (0, 1, 2.2, 3, 4.1)]
        for before, turn in pairwise(turns):
            assert before + timedelta(seconds=0.7) < cadence.next(before) <= turn


def test_what_just_costs_one_per_cent_is_said_so() -> None:
    words = after((0.13, 2_430_000)).words()
    assert words == "looked at every 13.0 s: it takes 130 ms to answer, and poise costs it at most 1 % of its time"


@given(st.floats(0.0, 1.0, exclude_max=True), st.floats(0.0101, 2.0), st.floats(0, 10_000))
def test_looks_are_an_interval_apart_at_ones_own_place_in_it(phase: float, answer: float, start: float) -> None:
    cadence = Cadence(phase=phase)
    cadence.answered(answer, 10**8)
    every = cadence.interval.total_seconds()
    first = cadence.next(NOW + timedelta(seconds=start))
    # The event loop is late by up to a tenth of the interval: the next look is at the same place all the same.
    second = cadence.next(first + timedelta(seconds=every / 10))
    assert abs((second - first).total_seconds() - every) < 1e-3
    assert 0.75 * every - 1e-3 <= (first - NOW).total_seconds() - start <= 1.75 * every + 1e-3
    assert every <= CEILING.total_seconds()


def test_a_hundred_are_spread_over_the_interval() -> None:
    due = []
    for number in range(100):
        cadence = Cadence(phase=number / 100)
        cadence.answered(0.1, 10**7)
        due.append(cadence.next(NOW).timestamp())
    seconds = [int(each) for each in due]
    assert max(seconds.count(each) for each in seconds) <= 11 and len(set(seconds)) >= 10
