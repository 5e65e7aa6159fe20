"""What could happen to a pool is told within a few seconds whatever its size, and what was left out for it is said."""

from math import inf

import pytest
from balance_pools import servers, topology

from poise.balance import answers
from poise.balance.arrivals.courses import outcomes
from poise.balance.arrivals.run import run
from poise.balance.arrivals.station import Lane, Station
from poise.balance.forecast import forecast
from poise.balance.what_if_pool import Loaded, loaded
from poise.model.needs import Needs, PoolNeeds
from poise.model.what_if import Questions
from poise.reading.read_nginx import topologies as nginx

LOAD = PoolNeeds(peak_requests_per_second=100, service_time_ms=40, concurrency_per_server=4)


def erlang_b(servers: int, load: float) -> float:
    """The part of the requests that find all of so many servers busy (Erlang's loss formula, whatever the service times)."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def lossy(n: int) -> Station:
    """Servers of three places each, that are refused by nginx where all are full."""
    return Station((0.04,) * n, (4.0,) * n, (3.0,) * n, "least", inf, False, inf, 60.0, inf)


def weights(n: int) -> tuple[float, ...]:
    return tuple(float(1 + i % 7) for i in range(n))


def test_a_large_pool_is_simulated_by_a_part_of_it_and_says_so() -> None:
    rate = 56 * 3 / 0.04
    (whole,) = outcomes(lossy(56), [Lane(rate, weights(56))], 4.0, 4, allowed=inf)
    assert whole.coarser is None
    assert whole.course.failed_ratio == pytest.approx(erlang_b(168, 168), abs=0.01)
    (part,) = outcomes(lossy(56), [Lane(rate, weights(56))], 4.0, 4, settles=1.0, allowed=0.1)
    assert part.coarser is not None
    assert "of 56 servers stand for all" in part.coarser
    left = int(part.coarser.split()[0])
    assert 4 <= left < 56
    assert part.course.failed_ratio == pytest.approx(erlang_b(3 * left, 3 * left), abs=0.03)
    assert len(part.course.shares) == 56
    assert sum(part.course.shares) == pytest.approx(1)
    assert part.course.in_flight == pytest.approx(whole.course.in_flight, rel=0.1)


def test_what_cannot_be_made_smaller_is_cut_short() -> None:
    one = Station((0.001,), (1.0,), (inf,), "turn", inf, True, inf, 2.0, inf)
    (found,) = outcomes(one, [Lane(1e6, (1.0,))], 30.0, 2, allowed=0.1)
    assert found.coarser is not None
    assert "s are simulated in place of 30" in found.coarser
    assert found.seconds < 0.01


def test_the_work_of_every_pool_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps times what they take: 1,000 servers whose weights differ, under any rate."""
    spent = 0.0

    def counted(station: Station, lanes: list[Lane], seconds: float, *more: object) -> object:
        nonlocal spent
        cells = len(lanes) * len(station.means)
        spent += max(lane.rate for lane in lanes) * seconds * (7e-5 + 8e-8 * cells)
        return run(station, lanes, min(seconds, 0.001), *more)  # type: ignore[arg-type]

    monkeypatch.setattr("poise.balance.arrivals.courses.run", counted)
    lines = "".join(f"server 10.1.{i // 250}.{i % 250} weight={1 + i % 7} max_conns=3;" for i in range(1000))
    (read,) = nginx([("nginx.conf", f"upstream web {{ least_conn; {lines} }}\n")])
    for rate in (10.0, 20_000.0, 2_000_000.0):
        spent = 0.0
        needs = PoolNeeds(peak_requests_per_second=rate, service_time_ms=40, concurrency_per_server=4)
        of = loaded(read, read.pools[0], needs)
        assert of is not None
        answers.what_if(of, Questions(all=True))
        answers.headroom(of)
        assert spent < 8


def of(lines: str) -> Loaded:
    (read,) = nginx([("nginx.conf", f"upstream web {{\n{lines}\n}}\n")])
    made = loaded(read, read.pools[0], LOAD)
    assert made is not None
    return made


def test_a_full_server_is_passed_over_so_all_keep_up_together() -> None:
    """Two servers of three places: 2 · 3 / 40 ms are worked off, whatever the weights; without limits the heavier one ends it."""
    limited = of("zone z 64k;\nserver 10.0.0.1 weight=3 max_conns=3;\nserver 10.0.0.2 max_conns=3;")
    assert limited.capacity(limited.weights()[0]) == pytest.approx(150)
    free = of("zone z 64k;\nserver 10.0.0.1 weight=3;\nserver 10.0.0.2;")
    assert free.capacity(free.weights()[0]) == pytest.approx(100 * 4 / 3)


def test_progress_never_falls_back() -> None:
    told: list[float] = []
    pools = [f"p{i}\nbalance roundrobin\ntimeout server 2s\n{servers('', '')}" for i in range(3)]
    needs = Needs({f"p{i}": LOAD for i in range(3)})
    forecast([topology(*pools)], needs, asked=Questions(all=True), progress=lambda _, part: told.append(part))
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1


def test_who_does_not_wait_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = [f"p{i}\nbalance roundrobin\n{servers('', '')}" for i in range(3)]
    needs = Needs({f"p{i}": LOAD for i in range(3)})
    usual = answers.what_if

    def stopped(of: Loaded, *more: object) -> object:
        if of.pool.name == "p1":
            raise KeyboardInterrupt
        return usual(of, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "what_if", stopped)
    made = forecast([topology(*pools)], needs, asked=Questions(surges=(2.0,)))
    assert made.interrupted
    assert [bool(pool.what_if) for pool in made.pools] == [True, False, False]
    assert [(each.what, each.reason) for each in made.could_not] == [
        (f"haproxy.cfg: pool {name}", answers.STOPPED) for name in ("p1", "p2")
    ]


def test_a_load_that_nobody_means_is_not_simulated() -> None:
    needs = PoolNeeds(peak_requests_per_second=1e9, service_time_ms=1e9, concurrency_per_server=1)
    made = forecast(
        [topology(f"web\nbalance first\n{servers('maxconn 3', 'maxconn 3')}")], Needs({"web": needs}), asked=Questions(all=True)
    )
    (said,) = made.could_not
    assert "1e+15 requests into it at once" in said.reason
    assert not made.pools[0].what_if


def test_clients_that_wait_keep_servers_busy_at_most_and_have_no_surge() -> None:
    """24 clients on two servers of four places: one of them is busy all the time, none more. Beside a rate they are not the load."""
    lines = f"web\nbalance roundrobin\n{servers('weight 3', '')}"
    closed = PoolNeeds(clients=24, service_time_ms=40, concurrency_per_server=4, survive=1)
    made = forecast([topology(lines)], Needs({"web": closed}), asked=Questions(all=True))
    assert [s.utilisation for s in made.pools[0].servers] == pytest.approx([1.0, 1 / 3])
    assert [loss.max_utilisation for loss in made.pools[0].without] == [1.0, 1.0]
    (said,) = made.could_not
    assert "24 clients that wait for their answers send at most 600 requests/s" in said.reason
    few = PoolNeeds(clients=2, service_time_ms=40, concurrency_per_server=4)
    assert [s.utilisation for s in forecast([topology(lines)], Needs({"web": few})).pools[0].servers] == pytest.approx([1.5 / 4, 0.5 / 4])
    both, rate = (PoolNeeds(peak_requests_per_second=100, clients=n, service_time_ms=40, concurrency_per_server=4) for n in (24, None))
    assert forecast([topology(lines)], Needs({"web": both})).pools == forecast([topology(lines)], Needs({"web": rate})).pools
