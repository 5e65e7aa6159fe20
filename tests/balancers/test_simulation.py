"""The simulation against arithmetic and textbooks: every figure has an answer that was known before there were computers."""

from dataclasses import replace
from math import factorial, inf, isclose

import numpy as np
import pytest

from poise.balancers.envoy.policies import Choices
from poise.balancers.haproxy.policies import Draws, First, InTurn, Leastconn, Limits
from poise.balancers.simulation.best_of_many import best_of_many
from poise.balancers.simulation.draws import Stream, sigma_of
from poise.balancers.simulation.fifo import Fifo
from poise.balancers.simulation.policy import Policy
from poise.balancers.simulation.run import simulate
from poise.balancers.simulation.tournament import Tournament
from poise.model.load import Horizon, Load

MUCH = Horizon(requests=150_000, error=0)


def unlimited(count: int) -> Limits:
    return Limits((None,) * count)


def leastconn(*weights: float) -> Policy:
    return Leastconn(weights, unlimited(len(weights)))


def erlang_c(servers: int, offered: float) -> float:
    """The chance to wait in M/M/c (Erlang, 1917)."""
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    return last / (sum(offered**k / factorial(k) for k in range(servers)) + last)


def test_one_server_with_slots_waits_as_erlang_says() -> None:
    found = simulate("a", leastconn(1), Load(40, requests_per_second=80, slots=4), MUCH)
    wait = erlang_c(4, 3.2) * 40 / (4 - 3.2)
    assert abs(found.wait_ms - wait) < 3 * found.wait_error_ms
    assert abs(found.mean_ms - wait - 40) < 3 * found.mean_error_ms
    assert found.servers[0].utilisation == pytest.approx(0.8, abs=0.01)
    # Little's law: what is held is what comes in a second times what it takes.
    assert found.servers[0].in_flight == pytest.approx(found.requests_per_second * found.mean_ms / 1000, rel=0.02)


def test_a_queue_in_the_load_balancer_is_the_same_queue() -> None:
    load = Load(40, requests_per_second=80)
    for policy in (InTurn([1] * 4, Limits((1,) * 4)), Leastconn([1] * 4, Limits((1,) * 4)), First(range(4), Limits((1,) * 4))):
        found = simulate("abcd", policy, load, MUCH)
        assert abs(found.wait_ms - erlang_c(4, 3.2) * 40 / (4 - 3.2)) < 3 * found.wait_error_ms
        assert sum(s.in_flight for s in found.servers) == pytest.approx(3.2, rel=0.02)


def test_requests_that_take_equally_long_wait_half_as_long() -> None:
    """M/D/1 by Pollaczek and Khinchine: ρ s / 2 (1 − ρ) = 80 ms · 0.8 / 0.4 / 2 / … = 20 ms at 80 % of 10 ms."""
    found = simulate("a", leastconn(1), Load(10, requests_per_second=80, slots=1, distribution="constant"), MUCH)
    assert abs(found.wait_ms - 20) < 3 * found.wait_error_ms


@pytest.mark.parametrize("p99", [None, 35.0])
def test_lognormal_times_wait_by_their_second_moment(p99: float | None) -> None:
    found = simulate("a", leastconn(1), Load(10, requests_per_second=60, slots=1, distribution="lognormal", p99_ms=p99), MUCH)
    square = np.exp(sigma_of(10, p99) ** 2)  # E[s²] / E[s]²
    assert abs(found.wait_ms - 0.6 * 10 * square / 0.4 / 2) < 3.5 * found.wait_error_ms


def test_lognormal_times_have_the_mean_and_the_percentile_that_were_asked_for() -> None:
    times = Stream(np.random.Generator(np.random.SFC64(1)), "lognormal", sigma_of(40, 200)).take(400_000) * 40
    assert times.mean() == pytest.approx(40, rel=0.01)
    assert np.quantile(times, 0.99) == pytest.approx(200, rel=0.02)
    assert sigma_of(40, 4e6) == pytest.approx(2.326, abs=1e-3)
    assert sigma_of(40, 1) == 0


def test_a_closed_loop_holds_equally_many_on_every_server() -> None:
    """Equal concurrency: share_i = (1/s_i) / Σ (1/s_j)."""
    for distribution in ("constant", "exponential"):
        load = Load(100, clients=24, service_time_ms_by_server={"a": 400}, distribution=distribution)
        found = simulate("abc", leastconn(1, 1, 1), load, MUCH)
        assert found.servers[0].share == pytest.approx(1 / 9, abs=0.008)
        assert sum(s.in_flight for s in found.servers) == pytest.approx(24, rel=0.01)


def test_weights_of_leastconn_vanish_when_idle() -> None:
    """Measured with HAProxy: 3/1/1 gives 33/33/33 at 1 and 2 requests at once, 58/21/21 at 24."""
    for clients, first in ((1, 0.333), (2, 0.333), (24, 0.59)):
        found = simulate("abc", leastconn(3, 1, 1), Load(100, clients=clients), MUCH)
        assert found.servers[0].share == pytest.approx(first, abs=0.012), clients


def test_equal_servers_get_equal_shares_within_the_error_that_is_told() -> None:
    found = simulate("abcd", leastconn(1, 1, 1, 1), Load(40, requests_per_second=250), MUCH)
    for server in found.servers:
        assert abs(server.share - 0.25) < 3.5 * server.error
    assert 0 < found.servers[0].error < 0.002


def test_the_error_that_is_told_is_the_one_that_seeds_show() -> None:
    load = Load(40, requests_per_second=250, service_time_ms_by_server={"a": 160})
    found = [simulate("abcd", leastconn(1, 1, 1, 1), load, Horizon(20_000, 0, seed=seed)).servers[0] for seed in range(12)]
    spread = float(np.std([server.share for server in found], ddof=1))
    told = float(np.mean([server.error for server in found]))
    assert 0.5 < spread / told < 1.8


def test_what_more_warming_would_change_is_below_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    load = Load(40, requests_per_second=400, service_time_ms_by_server={"a": 160})

    def first() -> tuple[float, float, float]:
        found = simulate("abcd", Draws([1] * 4, [1] * 4, 2, unlimited(4)), load, Horizon(100_000, 0))
        return found.servers[0].share, found.servers[0].error, found.mean_ms

    share, error, mean = first()
    monkeypatch.setattr("poise.balancers.simulation.run.WARM_TIMES", 8.0)
    longer = first()
    assert abs(share - longer[0]) < 3 * (error**2 + longer[1] ** 2) ** 0.5
    assert mean == pytest.approx(longer[2], rel=0.03)


def test_servers_that_nothing_tells_apart_share_their_average() -> None:
    load = Load(40, requests_per_second=250, service_time_ms_by_server={"a": 160})
    found = simulate("abcd", leastconn(1, 1, 1, 1), load, Horizon(20_000, 0), alike=(0, 1, 1, 1))
    assert len({server.share for server in found.servers[1:]}) == 1
    assert sum(server.share for server in found.servers) == pytest.approx(1)
    # The three share what the first leaves, and so its error.
    assert found.servers[1].error == pytest.approx(found.servers[0].error / 3)


def test_enough_is_enough() -> None:
    load = Load(40, requests_per_second=250, service_time_ms_by_server={"a": 160})
    rough, fine = (simulate("abcd", leastconn(1, 1, 1, 1), load, Horizon(400_000, error)) for error in (0.01, 0.001))
    assert rough.requests < 20_000 < fine.requests < 400_000
    assert max(server.error for server in fine.servers) <= 0.001


def test_a_seed_is_a_course() -> None:
    load, little = Load(40, requests_per_second=250), Horizon(5000, 0)
    once, again, other = (simulate("ab", leastconn(1, 1), load, replace(little, seed=seed)) for seed in (1, 1, 2))
    assert once == again != other


def test_who_waits_too_long_fails_and_the_servers_stay_busy() -> None:
    policy = InTurn([1, 1], Limits((2, 2), queue_seconds=0.1))
    found = simulate("ab", policy, Load(40, requests_per_second=200), Horizon(60_000, 0))
    # 100 a second can be served.
    assert found.timed_out == pytest.approx(0.5, abs=0.02)
    assert found.refused == 0
    assert found.wait_ms < 100
    closed = simulate("ab", policy, Load(40, clients=30), Horizon(60_000, 0))
    assert closed.requests_per_second * (1 - closed.failed) == pytest.approx(100, rel=0.02)


def test_thirty_seconds_of_overload_from_an_idle_start() -> None:
    policy = InTurn([1, 1], Limits((2, 2)))
    found = simulate("ab", policy, Load(40, requests_per_second=130), Horizon(seconds=30, from_empty=True))
    # 30 requests a second pile up: the last ones answered came when 21 s or so had passed, and waited 7.
    assert found.mean_ms == pytest.approx(30 / 100 * 30 / 2 * 1000 * 100 / 130, rel=0.1)
    assert found.requests_per_second == pytest.approx(100, rel=0.02)


def test_first_fills_in_order_and_a_full_server_is_passed_over() -> None:
    """Measured: maxconn 5 and 8 at once 63.2/36.8 %; maxconn 1 on one of three and 24 at once 47.7/4.7/47.6 %."""
    found = simulate("ab", First([0, 1], Limits((5, 5))), Load(40, clients=8), MUCH)
    assert found.servers[0].share == pytest.approx(0.625, abs=0.01)
    found = simulate("abc", InTurn([1] * 3, Limits((None, 1, None))), Load(40, clients=24, distribution="constant"), MUCH)
    assert [server.share for server in found.servers] == pytest.approx([11.5 / 24, 1 / 24, 11.5 / 24], abs=0.002)


def test_a_limit_that_moves_with_the_load_is_low_when_idle() -> None:
    """minconn 2, maxconn 20, fullconn 40: at 20 requests at once each of two servers may hold 10."""
    limits = Limits((20, 20), (2, 2), 40)
    found = simulate("ab", First([0, 1], limits), Load(40, clients=20), MUCH)
    assert found.servers[0].in_flight == pytest.approx(10, abs=0.1)
    found = simulate("ab", First([0, 1], limits), Load(40, clients=3), MUCH)
    assert found.servers[0].in_flight == pytest.approx(2, abs=0.1)


def test_a_tournament_finds_the_first_of_the_least() -> None:
    generator = np.random.Generator(np.random.SFC64(3))
    for length in (1, 7, 128, 129, 1000):
        values = generator.integers(0, 50, (5, length)).astype(float)
        found = Tournament(values.copy())
        rows = np.array([4, 1])
        for _ in range(20):
            assert found.first().tolist() == values.argmin(axis=1).tolist()
            assert found.first_of(rows).tolist() == values[rows].argmin(axis=1).tolist()
            at, new = generator.integers(0, length, 2), generator.integers(0, 50, 2).astype(float)
            values[rows, at] = new
            found.put(rows, at, new)


def test_a_queue_keeps_the_order_of_arrival_while_it_grows() -> None:
    queue, rows, zero = Fifo(2, 3, 4), np.array([1]), np.array([2])
    for job in (3, 1):
        queue.push(rows, zero, np.array([job]))
    queue.grow(9)
    queue.push(rows, zero, np.array([7]))
    assert [int(queue.pop(rows, zero)[0]) for _ in range(3)] == [3, 1, 7]
    assert queue.waiting(rows, zero).tolist() == [0]


def test_a_load_beyond_all_room_still_ends() -> None:
    found = simulate("ab", leastconn(1, 1), Load(1000, requests_per_second=2000, slots=1), Horizon(8000, 0, replicas=8))
    assert found.servers[0].utilisation == pytest.approx(1, abs=0.01)
    assert 8000 < found.requests < 17_000
    assert isclose(sum(server.share for server in found.servers), 1)
    assert found.p99_ms < inf


@pytest.mark.parametrize(
    ("loads", "draws", "chances"),
    [
        # The chance that all draws are of the others, by hand: 1 - 0.8^2, 0.8^2 - 0.5^2, 0.5^2.
        ((0, 1, 2), 2, (0.36, 0.39, 0.25)),
        ((2, 1, 0), 2, (0.04, 0.21, 0.75)),
        # Equal ones by their own chances, 2 to 3.
        ((0, 0, 1), 2, (0.30, 0.45, 0.25)),
        ((0, 1, 2), 2**32 - 1, (1, 0, 0)),
        ((3, 3, 3), 2**32 - 1, (0.2, 0.3, 0.5)),
    ],
)
def test_the_best_of_many_draws_is_what_many_draws_find(loads: tuple[int, ...], draws: int, chances: tuple[float, ...]) -> None:
    count = 100_000
    uniform = Stream(np.random.Generator(np.random.SFC64(5)), None)
    found = best_of_many(np.tile(np.array(loads, dtype=np.float64), (count, 1)), np.array([0.2, 0.3, 0.5]), draws, uniform)
    # Four standard errors of a part of so many.
    assert np.bincount(found, minlength=3) / count == pytest.approx(chances, abs=4 * 0.5 / count**0.5)


def test_however_many_draws_a_file_asks_for_the_simulation_ends() -> None:
    load = Load(100, clients=6, distribution="exponential", service_time_ms_by_server={"a": 400})
    for many in (Draws([1] * 3, [1] * 3, 2**31 - 1, unlimited(3)), Choices(3, 2**32 - 1, 1, inf)):
        all_seen = simulate("abc", many, load, Horizon(60_000, 0)).shares()
        # As good as a look at all of them, which is leastconn.
        assert all_seen["a"] == pytest.approx(simulate("abc", leastconn(1, 1, 1), load, Horizon(60_000, 0)).shares()["a"], abs=0.01)


def test_replicas_that_take_long_to_warm_up_are_fewer() -> None:
    """A slow server among twenty: what is dropped of each replica would else be more than what is counted."""
    names = [f"s{at}" for at in range(20)]
    load = Load(40, requests_per_second=2000, service_time_ms_by_server={"s0": 160})
    slow, even = (simulate(names, leastconn(*[1] * 20), each) for each in (load, replace(load, service_time_ms_by_server={})))
    assert slow.replicas < even.replicas
    assert max(server.error for server in slow.servers) <= 0.002
