"""Pools as queues, against what Erlang, Pollaczek and Khinchine knew, and against the engine that moves every event."""

from dataclasses import replace
from math import factorial, inf

import pytest

from poise.balance.arrivals.courses import Outcome, outcomes
from poise.balance.arrivals.part import course
from poise.balance.arrivals.run import run
from poise.balance.arrivals.station import QUEUE_TIMEOUT, REFUSED, SERVER_FULL, SERVER_TIMEOUT, Lane, Station

ONE = Station((0.04,), (4.0,), (inf,), "draw", inf, True, inf, inf, inf)
SECONDS = 100.0


def erlang_b(servers: int, offered: float) -> float:
    """The chance to be refused in M/M/c/c."""
    return offered**servers / factorial(servers) / sum(offered**k / factorial(k) for k in range(servers + 1))


def erlang_c(servers: int, offered: float) -> float:
    """The chance to wait in M/M/c."""
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    return last / (sum(offered**k / factorial(k) for k in range(servers)) + last)


def of(station: Station, rate: float, seconds: float = SECONDS, replicas: int = 12) -> Outcome:
    """That rate on servers of equal weight."""
    return outcomes(station, [Lane(rate, (1.0,) * len(station.means))], seconds, replicas)[0]


def servers(count: int, station: Station) -> Station:
    """So many of its first server."""
    return replace(station, means=station.means[:1] * count, slots=station.slots[:1] * count, limits=station.limits[:1] * count)


def test_one_server_waits_as_erlang_says() -> None:
    found = of(ONE, 80).course
    assert found.wait_seconds == pytest.approx(erlang_c(4, 3.2) * 0.04 / 0.8, rel=0.1)
    assert found.in_flight == pytest.approx(80 * (0.04 + found.wait_seconds), rel=0.02)  # Little's law
    assert found.failed_ratio == 0


def test_requests_of_equal_length_wait_half_as_long() -> None:
    """M/D/1 at 80 %: ρ s / 2 (1 − ρ)."""
    assert of(replace(ONE, means=(0.01,), slots=(1.0,), distribution="constant"), 80).course.wait_seconds == pytest.approx(0.02, rel=0.1)


def test_a_limit_as_low_as_the_slots_is_one_queue_for_the_pool() -> None:
    limited = replace(ONE, slots=(1.0,), limits=(1.0,), way="turn")
    assert of(servers(4, limited), 80).course.wait_seconds == pytest.approx(erlang_c(4, 3.2) * 0.04 / 0.8, rel=0.1)


def test_who_finds_no_place_is_refused_as_erlang_says() -> None:
    """nginx's max_conns over one server, and a server without any queue: both M/M/c/c."""
    for station, fate in ((replace(ONE, limits=(4.0,), waits=False), REFUSED), (replace(ONE, queue=0.0), SERVER_FULL)):
        found = of(station, 100).course
        assert found.failed[fate] == pytest.approx(erlang_b(4, 4.0), rel=0.1)
        assert sum(found.failed) == found.failed[fate]


def test_a_queue_of_three_refuses_as_the_birth_and_death_process_says() -> None:
    """M/M/1/K with K = 4 in the system: (1 − ρ) ρ⁴ / (1 − ρ⁵)."""
    found = of(replace(ONE, slots=(1.0,), queue=3.0), 20).course
    assert found.failed[SERVER_FULL] == pytest.approx(0.2 * 0.8**4 / (1 - 0.8**5), rel=0.15)


def test_an_overloaded_queue_gives_up_what_it_cannot_do() -> None:
    """`timeout queue`: who leaves in time costs nothing, so exactly what is too much fails."""
    limited = replace(ONE, limits=(4.0,), queue_seconds=0.5)
    found = of(limited, 150).course
    assert found.failed[QUEUE_TIMEOUT] == pytest.approx(1 / 3, abs=0.02)
    assert found.p99_seconds < 0.5 + 0.3


def test_work_that_nobody_waits_for_is_done_all_the_same() -> None:
    """`timeout server` without a limit of the queue: beyond what it can do a server comes to answer nobody in time."""
    found = of(replace(ONE, server_seconds=1.0), 150, 60.0).course
    assert found.late_failed == 1
    assert found.failed[SERVER_TIMEOUT] > 0.9


def test_who_takes_turns_waits_less_than_who_is_drawn() -> None:
    drawn, turned = (of(servers(4, replace(ONE, way=way)), 320).course.wait_seconds for way in ("draw", "turn"))
    assert turned < 0.8 * drawn
    assert of(servers(4, replace(ONE, way="least")), 320).course.wait_seconds < 0.5 * turned


def test_servers_apart_and_together_are_the_same_pool() -> None:
    """What is simulated server by server, and the whole pool in one run."""
    pool = servers(4, replace(ONE, way="turn", server_seconds=1.0))
    lanes = [Lane(rate, (1.0,) * 4) for rate in (340.0, 430.0)]
    apart = outcomes(pool, lanes, 60.0, 16)
    for lane, found in zip(lanes, apart, strict=True):
        parts = run(pool, [lane] * 16, 60.0, 2)
        whole = course([(1.0, part) for part in parts], 60.0, 16)
        assert found.course.wait_seconds == pytest.approx(whole.wait_seconds, rel=0.15)
        assert found.course.failed_ratio == pytest.approx(whole.failed_ratio, abs=0.06)


@pytest.mark.parametrize("way", ["least", "two"])
def test_few_of_twenty_servers_stand_for_all(way: str) -> None:
    pool = replace(ONE, way=way)
    few, many = of(servers(8, pool), 85.0 * 8, 20.0), of(servers(20, pool), 85.0 * 20, 20.0)
    assert few.course.wait_seconds == pytest.approx(many.course.wait_seconds, rel=0.1, abs=0.0005)
    assert many.course.shares == pytest.approx((0.05,) * 20, abs=0.002)


def test_unequal_servers_are_weighed_by_what_they_get() -> None:
    """Weights 3 and 1: each a queue of its own, three quarters of the requests see the busier one."""
    pool = replace(servers(2, ONE), way="draw")
    found = outcomes(pool, [Lane(100.0, (3.0, 1.0))], SECONDS, 12)[0].course
    waits = [erlang_c(4, rate * 0.04) * 0.04 / (4 - rate * 0.04) for rate in (75.0, 25.0)]
    assert found.wait_seconds == pytest.approx(0.75 * waits[0] + 0.25 * waits[1], rel=0.15)
    assert found.shares == pytest.approx((0.75, 0.25), abs=0.01)


def test_the_error_is_the_one_that_seeds_show() -> None:
    station = replace(ONE, limits=(4.0,), queue_seconds=0.5)
    found = [outcomes(station, [Lane(110.0, (1.0,))], 20.0, 8, seed)[0] for seed in range(10)]
    ratios = [each.course.failed_ratio for each in found]
    mean = sum(ratios) / len(ratios)
    spread = (sum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1)) ** 0.5
    assert 0.5 < spread / (sum(each.error for each in found) / len(found)) < 2


def test_a_large_server_made_small_fails_at_the_same_rate() -> None:
    large = replace(ONE, slots=(64.0,), server_seconds=2.0)
    whole, thin = (outcomes(large, [Lane(1700.0, (1.0,))], 30.0, 6, 1, None, less, allowed=inf)[0].course for less in (False, True))
    assert thin.failed_ratio == pytest.approx(whole.failed_ratio, abs=0.05)
    assert thin.in_flight == pytest.approx(whole.in_flight, rel=0.1)
