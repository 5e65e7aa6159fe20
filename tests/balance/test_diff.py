"""What a change moves, against arithmetic and the measured movement of keys."""

import pytest
from balance_pools import servers, topology

from poise.balance.changes.sides import and_others
from poise.balance.diff import diff, share_moved
from poise.model.forecast import PoolDiff
from poise.model.needs import Needs, PoolNeeds

UNDECLARED = PoolNeeds()
FOUR = ("", "", "", "")


def change(before: str, after: str, needs: PoolNeeds = UNDECLARED) -> PoolDiff:
    return diff([topology("web\n" + before)], [topology("web\n" + after)], Needs({"web": needs}))[0]


def test_the_weights_of_november() -> None:
    found = change(servers(*FOUR), servers("weight 256", *FOUR[1:]), PoolNeeds(split="even"))
    assert found.share_moved == pytest.approx(256 / 259 - 0.25)
    assert found.story == "split is no longer met: 73.8 % of web's traffic moves: app1 25.0 % → 98.8 % (weight of app1 1 → 256)"
    assert found.keys_moved is None
    assert [check.need for check in found.needs_broken] == ["split"]
    assert [c.need for c in change(servers("weight 256", *FOUR[1:]), servers(*FOUR), PoolNeeds(split="even")).needs_repaired] == ["split"]


def test_a_renamed_server_keeps_its_traffic() -> None:
    found = change(servers("", ""), servers("", "").replace("app1", "web1"))
    assert found.share_moved == 0
    assert "none of web's traffic moves" in found.story


def test_pools_that_come_go_and_change_names() -> None:
    old, new = topology("web\n" + servers("")), topology("api\n" + servers("").replace("10.0.0.1", "10.0.0.9"))
    found = {d.pool: d for d in diff([old], [new], Needs())}
    assert found["web"].story == "web is removed"
    assert found["api"].story.startswith("api is new")
    renamed = diff([old], [topology("shop\n" + servers(""))], Needs())
    assert [(d.pool, d.share_moved) for d in renamed] == [("shop", 0.0)]
    assert "called shop" in renamed[0].story


def test_traffic_that_nobody_takes_any_more_has_moved() -> None:
    found = change(servers("", ""), servers("disabled", "weight 0"))
    assert found.share_moved == 1.0
    assert "no server can take any" in found.story
    assert share_moved({"a": 1.0}, {}) == 1.0


@pytest.mark.parametrize(
    ("before", "after", "measured"),
    [
        # HAProxy, 400 keys: map-based, one of four removed 75 %; a fourth added 74.8 %; a weight 1 → 2 66.8 %.
        ("balance uri\n" + servers(*FOUR), "balance uri\n" + servers(*FOUR[1:]), 0.75),
        ("balance uri\n" + servers(*FOUR[1:]), "balance uri\n" + servers(*FOUR), 0.748),
        (
            "balance uri\nhash-type consistent\n" + servers(*FOUR),
            "balance uri\nhash-type consistent\n" + servers("disabled", *FOUR[1:]),
            0.289,
        ),
    ],
)
def test_the_keys_that_move_are_those_that_were_measured(before: str, after: str, measured: float) -> None:
    """The ring of four moves exactly the lost server's arc of it, 28.9 %; half a point more for the sample."""
    assert change(before, after).keys_moved == pytest.approx(measured, abs=0.03)


def test_keys_are_not_compared_where_they_are_not_the_same() -> None:
    assert change("balance uri\n" + servers("", ""), "balance source\n" + servers("", "")).keys_moved is None


def test_one_other_is_no_plural() -> None:
    assert [and_others(number) for number in (0, 1, 2)] == ["", " and 1 other", " and 2 others"]
