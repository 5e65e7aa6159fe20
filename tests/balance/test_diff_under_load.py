"""What a change moves under the declared load: shares are those of `poise predict`, and chance moves nothing."""

import time

import pytest
from balance_pools import HEAD, servers, topology

from poise.balance.changes.followed_needs import followed_needs
from poise.balance.changes.identity import share_moved
from poise.balance.changes.sides import pair
from poise.balance.diff import diff
from poise.balance.forecast import forecast
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.forecast import PoolDiff
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Topology

SLOW_FIRST = PoolNeeds(peak_requests_per_second=400, service_time_ms=40, service_time_ms_by_server={"app1": 160})
LEASTCONN = "balance leastconn\n"
UNEVEN = servers("weight 4", "", "", "")


def change(before: str, after: str, needs: PoolNeeds = SLOW_FIRST) -> PoolDiff:
    return diff([topology("web\n" + before)], [topology("web\n" + after)], Needs({"web": needs}))[0]


def test_a_slow_server_gets_what_it_holds_not_what_its_weight_says() -> None:
    found = change(LEASTCONN + servers("", "", "", ""), LEASTCONN + UNEVEN)
    # By weights alone 4/7 would be its own: 32 points more than a quarter.
    assert [s.share for s in found.before] == pytest.approx([0.093, 0.302, 0.302, 0.302], abs=0.01)
    assert [s.share for s in found.after] == pytest.approx([0.28, 0.24, 0.24, 0.24], abs=0.01)
    assert found.share_moved == pytest.approx(0.187, abs=0.01)
    assert found.story.endswith("(weight of app1 1 → 4)")
    predicted = forecast([topology("web\n" + LEASTCONN + UNEVEN)], Needs({"web": SLOW_FIRST})).pools[0]
    for shown, other in zip(found.after, predicted.servers, strict=True):
        assert abs(shown.share - other.share) <= 3 * predicted.sampling[other.server] + 1e-9


@pytest.mark.parametrize("balance", [LEASTCONN, "balance random(1)\n", "balance random\n"])
def test_new_names_move_nothing(balance: str) -> None:
    found = change(balance + UNEVEN, balance + UNEVEN.replace("app", "web"))
    assert found.share_moved == 0
    assert found.story.startswith("none of web's traffic moves")
    assert [s.share for s in found.after] == [s.share for s in found.before]


def test_another_order_moves_nothing() -> None:
    found = change(LEASTCONN + UNEVEN, LEASTCONN + "\n".join(reversed(UNEVEN.splitlines())))
    assert found.share_moved == pytest.approx(0, abs=1e-9)
    assert found.story == "none of web's traffic moves"
    assert [s.share for s in found.after] == pytest.approx([s.share for s in reversed(found.before)])


def test_what_changes_the_course_and_not_the_shares_moves_nothing() -> None:
    needs = PoolNeeds(
        peak_requests_per_second=400, service_time_ms=40, service_time_ms_by_server={"app1": 160}, max_share=0.2402, split="even"
    )
    for option in ("maxconn 1000", "weight 1 maxconn 5000", "weight 1 minconn 900 maxconn 1000"):
        found = change(LEASTCONN + UNEVEN, LEASTCONN + servers("weight 4", "", "", option), needs)
        assert found.story.startswith("none of web's traffic moves"), found.story
        assert found.share_moved == pytest.approx(0, abs=1e-9)
        assert [s.share for s in found.after] == pytest.approx([s.share for s in found.before])
        assert not found.needs_broken
        assert not found.needs_repaired


def test_a_full_server_under_load_breaks_the_needs() -> None:
    needs = PoolNeeds(peak_requests_per_second=1000, service_time_ms=40, max_share=0.6)
    found = change(servers("maxconn 100", "maxconn 100"), servers("maxconn 10", "maxconn 100"), needs)
    assert found.story.startswith("max_share is no longer met: 26.")
    assert found.story.endswith("(maxconn of app1 100 → 10)")


def test_of_several_changes_each_is_tried_under_the_load() -> None:
    found = change(LEASTCONN + UNEVEN, LEASTCONN + servers("weight 4 maxconn 2", "weight 2", "maxconn 1000", ""))
    assert [any(cause.startswith(word) for cause in found.causes) for word in ("maxconn of app1", "weight of app2")] == [True, True]


def test_differences_within_the_errors_are_none() -> None:
    before, after = {"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.48, "b": 0.31, "c": 0.21}
    assert share_moved(before, after) == pytest.approx(0.02)
    assert share_moved(before, after, dict.fromkeys(before, 0.007)) == pytest.approx(0)
    # What one lost has moved, although nobody's gain is sure.
    assert share_moved(before, after, dict.fromkeys(before, 0.005)) == pytest.approx(0.02)


def test_a_machine_is_no_faster_under_another_name() -> None:
    pairs = pair(topology("web\n" + servers("", "")).pools[0], topology("web\n" + servers("", "").replace("app", "web")).pools[0])
    for declared in ({"app1": 160.0}, {"web1": 160.0}):
        before, after = followed_needs(PoolNeeds(service_time_ms_by_server=declared), pairs)
        assert before.service_time_ms_by_server == {"app1": 160.0}
        assert after.service_time_ms_by_server == {"web1": 160.0}
    swapped = servers("", "").replace("app1", "x").replace("app2", "app1").replace("x", "app2")
    pairs = pair(topology("web\n" + servers("", "")).pools[0], topology("web\n" + swapped).pools[0])
    before, after = followed_needs(PoolNeeds(service_time_ms_by_server={"app1": 160.0}), pairs)
    # The new configuration's app1 is slow, which was called app2.
    assert (before.service_time_ms_by_server, after.service_time_ms_by_server) == ({"app2": 160.0}, {"app1": 160.0})


def test_a_renamed_pool_keeps_its_load() -> None:
    old, new = topology("web\n" + LEASTCONN + UNEVEN), topology("shop\n" + LEASTCONN + UNEVEN)
    for name in ("web", "shop"):
        (found,) = diff([old], [new], Needs({name: SLOW_FIRST}))
        assert found.share_moved == 0
        assert [s.share for s in found.before] == pytest.approx([0.28, 0.24, 0.24, 0.24], abs=0.01)


def many(pools: int, weight: int) -> Topology:
    """So many pools of 4 servers."""
    lines = [HEAD]
    for pool in range(pools):
        lines.append(f"backend p{pool}\n balance leastconn\n")
        lines += [f" server s{n} 10.{pool // 250}.{pool % 250}.{n + 1}:80 weight {weight if n == 3 else 1}\n" for n in range(4)]
    return lower([parse("".join(lines), "haproxy.cfg")])


# `make conformance` compares 500: the same 0.08 s a pool.
@pytest.mark.parametrize(("pools", "seconds"), [(100, 8), pytest.param(500, 40, marks=pytest.mark.long)])
def test_hundreds_of_loaded_pools_take_seconds(pools: int, seconds: float) -> None:
    needs = PoolNeeds(peak_requests_per_second=200, service_time_ms=40, service_time_ms_by_server={"s0": 80})
    old, new = many(pools, 1), many(pools, 3)
    begun = time.process_time()
    made = diff([old], [new], Needs({pool.name: needs for pool in old.pools}))
    assert time.process_time() - begun < seconds
    assert all(pool.causes == ("weight of s3 1 → 3",) for pool in made)
    # Of pools that are one, no one's servers are told to differ from the others'.
    assert all(0.15 < pool.share_moved < 0.3 for pool in made), [pool.share_moved for pool in made]
