"""What could happen to a pool: arithmetic that anybody can do, and what a search must find between its bounds."""

from dataclasses import replace

import pytest
from balance_pools import servers, topology

from poise.balance.forecast import forecast
from poise.balance.what_if import what_if
from poise.balance.what_if_pool import Loaded, loaded
from poise.balance.what_if_retries import amplified, fixed_point
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.what_if import Questions, WhatIf

NEEDS = PoolNeeds(
    peak_requests_per_second=200,
    service_time_ms=40,
    concurrency_per_server=4,
    service_time_distribution="constant",
    objectives=Objectives(availability=0.99, latency_p99_ms=200),
)
FOUR = "web\nbalance roundrobin\ntimeout server 2s\n" + servers(*["check"] * 4)


def asked(lines: str, questions: Questions, needs: PoolNeeds = NEEDS) -> PoolForecast:
    """The forecast of that pool with its answers."""
    made = forecast([topology(lines)], Needs({"web": needs}), asked=questions)
    assert not made.could_not
    return made.pools[0]


def by_case(made: PoolForecast) -> dict[str, WhatIf]:
    """The answers by the words of their case."""
    return {each.case: each for each in made.what_if}


def of(lines: str, needs: PoolNeeds = NEEDS) -> Loaded:
    """The pool under its load."""
    read = topology(lines)
    made = loaded(read, read.pools[0], needs)
    assert made is not None
    return made


def test_utilisation_is_rate_times_share_times_service_by_slots() -> None:
    found = by_case(asked(FOUR, Questions(lose=(("app1",), ("app1", "app2")), surges=(1.5,))))
    assert found["as it is"].max_utilisation == pytest.approx(200 * 0.25 * 0.04 / 4)
    assert found["without app1"].max_utilisation == pytest.approx(200 / 3 * 0.04 / 4)
    assert found["without app1, app2"].max_utilisation == pytest.approx(1.0)
    assert found["1.5 × the peak"].max_utilisation == pytest.approx(0.75)
    assert [s.server for s in found["without app1"].servers] == ["app2", "app3", "app4"]


def test_every_case_of_a_pool_of_four_that_nothing_tells_apart() -> None:
    made = asked(FOUR, Questions(all=True))
    found = by_case(made)
    kinds = [each.kind for each in made.what_if]
    assert kinds == ["now", "loss", "pair", "surge", "surge", "surge", "retries", "retries", "cold-start"]
    assert found["without app1"].alike == ("app2", "app3", "app4")
    assert found["without app1"].breaks is None
    assert found["3 × the peak"].breaks is not None
    assert found["3 × the peak"].fails_by is not None
    assert "timeout server (2 s" in found["3 × the peak"].fails_by


def test_a_host_that_carries_two_is_lost_with_both() -> None:
    lines = "web\n" + "\n".join(f"server app{i} 10.0.0.{1 + i // 3}:80{i} check" for i in range(1, 4))
    found = by_case(asked(lines, Questions(all=True)))
    assert found["without host 10.0.0.1"].lost == ("app1", "app2")
    assert "without host 10.0.0.2" not in found
    assert by_case(asked(lines, Questions(lose=(("10.0.0.1",),))))["without 10.0.0.1"].lost == ("app1", "app2")


def test_names_that_are_in_no_pool_are_told() -> None:
    read = topology(FOUR)
    made = forecast([read], Needs({"web": NEEDS}), asked=Questions(lose=(("app9",), ("web/app1",))))
    assert [each.what for each in made.could_not] == ["--lose app9"]
    assert by_case(made.pools[0])["without web/app1"].lost == ("app1",)
    undeclared = forecast([read], Needs(), asked=Questions(all=True))
    assert "peak_requests_per_second" in undeclared.could_not[0].reason


def test_a_server_that_nothing_checks_keeps_its_share_and_fails_it() -> None:
    found = by_case(asked("web\nno option redispatch\n" + servers("", "", "", ""), Questions(lose=(("app1",),))))
    assert found["without app1"].failed == pytest.approx(0.25)
    assert found["without app1"].fails_by == "lost servers that nothing checks keep their share"


def test_no_server_left_is_no_answer() -> None:
    found = by_case(asked("web\n" + servers("check", "check"), Questions(lose=(("app1", "app2"),))))
    assert found["without app1, app2"].failed == 1
    assert found["without app1, app2"].breaks == "every request fails: no server takes any request"


@pytest.mark.parametrize(
    ("lines", "lowest", "highest", "by"),
    [
        # 400 requests/s are worked off. From an idle start work piles up by (λ/C − 1) t and 1 % of 30 s are late when it reaches the limit
        # 0.3 s before the end: λ/C = 1 + (2 − 0.04) / 29.7.
        ("balance roundrobin\ntimeout server 2s", 1.04, 1.07, "timeout server (2 s"),
        # What waits in HAProxy leaves after half a second and costs nothing: 1 % of it are 1 % more than C, and what the queue takes first.
        ("balance roundrobin\ntimeout queue 500ms\ndefault-server maxconn 4", 1.01, 1.04, "timeout queue (0.5 s"),
        ("balance leastconn\ntimeout server 2s", 1.04, 1.08, "timeout server (2 s"),
    ],
)
def test_headroom_lies_where_arithmetic_says(lines: str, lowest: float, highest: float, by: str) -> None:
    head = asked(f"web\n{lines}\n" + servers(*["check"] * 4), Questions(all=True)).headroom
    assert head is not None
    assert head.requests_per_second is not None
    assert head.error is not None
    assert lowest * 400 - 2 * head.error < head.requests_per_second < highest * 400 + 2 * head.error
    assert head.error < 0.03 * head.requests_per_second
    assert head.times_peak == pytest.approx(head.requests_per_second / 200)
    assert head.breaks is not None
    assert by in head.breaks
    assert head.need == "latency_p99_ms"
    rates = [point.requests_per_second for point in head.curve]
    assert rates == sorted(rates)


def test_a_server_that_refuses_fails_early() -> None:
    head = asked(FOUR, Questions(all=True), replace(NEEDS, queue_per_server=2, service_time_distribution="exponential")).headroom
    assert head is not None
    assert head.requests_per_second is not None
    assert head.requests_per_second < 370
    assert head.breaks == "queue_per_server (2 wait in the server, which refuses)"


def test_without_the_flag_there_is_the_rate_at_which_a_server_is_full() -> None:
    head = asked(FOUR, Questions()).headroom
    assert head is not None
    assert not head.simulated
    assert head.requests_per_second == pytest.approx(400)
    assert head.times_peak == pytest.approx(2)


def test_attempts_multiply() -> None:
    assert amplified(100, 0.0, 3) == 100
    assert amplified(100, 0.5, 3) == 175
    assert amplified(100, 1.0, 3) == 300


def test_two_fixed_points_where_a_pool_collapses_under_what_it_gives_up() -> None:
    """Nothing fails below 200, everything above: from 100 it stays there, from 300 as well."""
    rates, failed = [100.0, 200.0, 201.0, 300.0], [0.0, 0.0, 1.0, 1.0]
    assert fixed_point(100, 3, rates, failed, 100.0) == pytest.approx((100, 0))
    assert fixed_point(100, 3, rates, failed, 300.0) == pytest.approx((300, 1))


def test_a_pool_whose_failures_cost_nothing_comes_back() -> None:
    """p = 1 − C/λ: whoever is refused leaves no work, so at 100 of 200 both searches end at 100."""
    rates = [100.0 + i for i in range(201)]
    failed = [max(0.0, 1 - 200 / rate) for rate in rates]
    assert fixed_point(100, 3, rates, failed, 300.0) == pytest.approx((100, 0), abs=0.01)


def test_a_storm_that_does_not_end_is_told_apart_from_one_that_does() -> None:
    stuck = asked(FOUR, Questions(attempts=3)).what_if
    assert [each.case for each in stuck if each.kind == "retries"] == ["clients try 3 times", "clients try 3 times, after an outage"]
    assert stuck[-1].breaks is not None
    assert stuck[-1].breaks.startswith("does not recover")
    ends = asked("web\ntimeout queue 500ms\n" + servers(*["check maxconn 4"] * 4), Questions(attempts=3)).what_if
    assert [each.case for each in ends if each.kind == "retries"] == ["clients try 3 times"]


def test_slow_start_is_a_case_of_its_own() -> None:
    found = by_case(asked("web\nbalance roundrobin\n" + servers(*["check slowstart 30s"] * 3), Questions(all=True)))
    case = found["app1 comes back (slow start 30 s)"]
    assert case.max_utilisation == pytest.approx(0.5 * 200 * 0.04 / 4)


def test_many_servers_of_few_kinds_are_few_cases() -> None:
    lines = "web\nbalance roundrobin\n" + servers(*["check"] * 20)
    cases, unknown = what_if(of(lines, replace(NEEDS, peak_requests_per_second=1000)), Questions(all=True))
    assert not unknown
    assert sum(each.kind in ("loss", "pair") for each in cases) == 2
