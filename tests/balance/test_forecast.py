"""Shares, errors, utilisation, losses and needs, against arithmetic."""

from math import sqrt

import pytest
from balance_pools import pool, servers, topology

from poise.balance.expected import predicted, wanted
from poise.balance.forecast import forecast
from poise.balance.room import keeps_up, little_left
from poise.model.forecast import NeedCheck, PoolForecast
from poise.model.needs import Needs, PoolNeeds

UNDECLARED = PoolNeeds()
PEAK = PoolNeeds(peak_requests_per_second=800, service_time_ms=40, concurrency_per_server=32, survive=1)


def one(lines: str, needs: PoolNeeds = UNDECLARED, keys: list[str] | None = None, requests: int = 1500) -> PoolForecast:
    made = forecast([topology("web\n" + lines)], Needs({"web": needs}), requests, keys)
    assert not made.could_not
    return made.pools[0]


def need(made: PoolForecast, name: str) -> NeedCheck:
    return next(check for check in made.needs if check.need == name)


def test_utilisation_is_peak_times_share_times_service_time_over_concurrency() -> None:
    made = one(servers("check", "check", "check", "check"), PEAK)
    assert [s.share for s in made.servers] == [0.25] * 4
    assert [s.utilisation for s in made.servers] == [pytest.approx(800 * 0.25 * 0.040 / 32)] * 4
    assert len(made.without) == 4
    assert made.without[0].lost == ("app1",)
    assert [s.server for s in made.without[0].servers] == ["app2", "app3", "app4"]
    assert made.without[0].max_utilisation == pytest.approx(800 / 3 * 0.040 / 32)
    assert need(made, "survive").met


@pytest.mark.parametrize(
    ("peak", "met", "said"),
    [
        (640, True, "80.0 % busy at peak"),
        (720, True, "90.0 % busy at peak, less than a fifth of its capacity is left: queues grow with every burst"),
        (800, False, "100.0 % busy at peak: it cannot keep up"),
    ],
)
def test_a_server_without_any_rest_does_not_keep_up_and_the_audit_says_so_too(peak: float, met: bool, said: str) -> None:
    """32 requests at once at 40 ms are 800 a second; at that rate a queue has no steady state."""
    needs = PoolNeeds(peak_requests_per_second=peak, service_time_ms=40, concurrency_per_server=32, survive=1)
    found = need(one(servers("check", "check"), needs), "survive")
    assert (found.met, found.detail) == (met, f"without app1 the busiest, app2, is {said}")
    assert keeps_up(peak / 800) == met
    assert little_left(peak / 800) == (peak > 640)


def test_a_pool_too_small_does_not_survive() -> None:
    made = one(
        servers("check", "check"), PoolNeeds(peak_requests_per_second=1200, service_time_ms=40, concurrency_per_server=32, survive=1)
    )
    assert not need(made, "survive").met
    assert "150.0 % busy" in need(made, "survive").detail
    assert not need(one(servers("check"), PoolNeeds(survive=1)), "survive").met
    assert need(one(servers("check", "check"), PoolNeeds(survive=1)), "survive").met


def test_surviving_two_looks_at_every_pair() -> None:
    made = one(servers("check", "check", "check"), PoolNeeds(survive=2))
    assert [loss.lost for loss in made.without] == [("app1",), ("app2",), ("app3",), ("app1", "app2"), ("app1", "app3"), ("app2", "app3")]
    assert need(made, "survive").met


def test_losing_the_only_server_with_weight_leaves_nobody() -> None:
    made = one(servers("check", "check weight 0"), PoolNeeds(survive=1))
    assert not need(made, "survive").met
    assert "app1" in need(made, "survive").detail


@pytest.mark.parametrize("state", ["disabled", "weight 0"])
def test_a_pool_in_which_nobody_serves_meets_neither_its_peak_nor_a_loss(state: str) -> None:
    made = one(servers(state, state), PEAK)
    assert [s.share for s in made.servers] == [0, 0]
    assert need(made, "peak_requests_per_second") == NeedCheck(
        "peak_requests_per_second", False, "no server takes any of 800 requests/s: every client gets an error"
    )
    assert need(made, "survive") == NeedCheck("survive", False, "1 may be lost, but no server takes any request as it is")


def test_the_error_is_a_request_where_requests_are_dealt_and_binomial_where_they_choose() -> None:
    assert one(servers("", "")).servers[0].error == pytest.approx(1 / 1500)
    drawn = one("balance leastconn\n" + servers("", "", "", "")).servers[0]
    assert drawn.error == pytest.approx(sqrt(0.25 * 0.75 / 1500))
    assert one(servers("")).servers[0].error == 0
    hashed = one("balance uri\n" + servers("", "", "", "")).servers[0]
    assert hashed.error > drawn.error


def test_needs_are_held_against_the_shares() -> None:
    uneven = one(servers("weight 100", "", ""), PoolNeeds(split="even", max_share=0.4))
    assert not need(uneven, "split").met
    assert not need(uneven, "max_share").met
    ratios = one(servers("weight 2", "weight 1"), PoolNeeds(split={"app1": 2, "app2": 1}, max_share=0.67))
    assert need(ratios, "split").met
    assert need(ratios, "max_share").met
    nat = one("balance source\n" + servers("", ""), PoolNeeds(split="even", clients_behind_nat=True))
    assert not need(nat, "split").met
    assert not need(one(servers("", ""), PoolNeeds(sticky=True)), "sticky").met


def test_keys_give_their_placement_and_shares_over_them() -> None:
    made = one("balance uri\n" + servers("", ""), keys=["/a", "/a", "/b"])
    assert made.placement is not None
    where = dict(made.placement)
    assert set(where) == {"/a", "/b"}
    assert made.shares()[where["/a"]] >= 2 / 3
    assert one(servers("", ""), keys=["/a"]).placement is None


def test_a_full_server_spills_at_the_declared_peak() -> None:
    """Measured at 24 at once with maxconn 1 on one of three: 47.7/4.7/47.6 %; requests that come by chance leave it idle at times."""
    needs = PoolNeeds(peak_requests_per_second=600, service_time_ms=40, concurrency_per_server=32)
    shares = one(servers("", "maxconn 1", ""), needs).shares()
    assert shares["app2"] == pytest.approx(1 / 24, abs=0.005)


def test_unlike_products_are_said_not_guessed() -> None:
    from dataclasses import replace

    read = topology("web\n" + servers("", ""))
    other = replace(read, pools=tuple(replace(p, product="other") for p in read.pools))
    made = forecast([other], Needs())
    assert not made.pools
    assert "other" in made.could_not[0].reason


def test_wanted_shares_follow_the_needs_and_who_is_up() -> None:
    read = pool(servers("weight 100", "disabled", "", "backup"))
    assert wanted(read, PoolNeeds(), {"app1"}) is None
    assert wanted(read, PoolNeeds(split="even"), {"app1", "app3", "app4"}) == {"app1": 0.5, "app3": 0.5}
    assert wanted(read, PoolNeeds(split="even"), {"app4"}) == {"app4": 1.0}
    assert wanted(read, PoolNeeds(split={"app1": 3, "app3": 1}), {"app1", "app3"}) == {"app1": 0.75, "app3": 0.25}
    running = predicted(read, {"app1", "app3"}, {"app1": 1})
    assert running is not None
    assert running.shares == {"app1": 0.5, "app2": 0.0, "app3": 0.5, "app4": 0.0}


def test_a_backup_that_gets_nothing_is_not_counted_where_a_split_is_off() -> None:
    made = one(servers("check weight 9", "check", "check", "backup"), PoolNeeds(split="even"))
    assert need(made, "split").detail.endswith("; 3 of 3 are off")


def test_two_servers_of_a_name_have_no_shares() -> None:
    # HAProxy 2.6.12 and 2.8.25 refuse the second: "another server named 'a' was already defined at line …".
    made = forecast([topology("web\nserver a 10.0.0.1:80\nserver a 10.0.0.2:80\nserver b 10.0.0.3:80")], Needs())
    assert made.pools == ()
    assert [each.reason for each in made.could_not][-1] == (
        "one of its server lines is refused, as told: what share each server would get is not known"
    )
