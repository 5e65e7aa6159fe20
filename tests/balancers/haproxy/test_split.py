"""Splits of HAProxy, against the figures that were measured on the real program (see also tests/live/test_conformance.py)."""

from collections.abc import Mapping

import pytest

from poise.balancers.haproxy.hashing import djb2, sdbm, server_ids, weight_map, wt6
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.split import eligible, placement, split
from poise.balancers.haproxy.syntax import parse
from poise.model.split import Split
from poise.model.topology import Pool

SERVERS = "server a 10.0.0.1:80 {}\nserver b 10.0.0.2:80 {}\nserver c 10.0.0.3:80 {}"


def pool(balance: str, *options: str, mode: str = "http") -> Pool:
    lines = [f"mode {mode}", *balance.splitlines(), *SERVERS.format(*options).splitlines()]
    return lower([parse("backend web\n" + "".join(f"    {line}\n" for line in lines), "haproxy.cfg")]).pools[0]


def percents(found: Split) -> list[float]:
    return [round(100 * share, 1) for share in found.shares.values()]


@pytest.mark.parametrize(
    ("balance", "options", "expected"),
    [
        ("balance roundrobin", ("weight 100", "", ""), [98.0, 1.0, 1.0]),
        ("balance static-rr", ("weight 3", "weight 2", "weight 1"), [50.0, 33.3, 16.7]),
        ("balance roundrobin", ("", "backup", "backup"), [100.0, 0.0, 0.0]),
        ("balance roundrobin", ("disabled", "backup", "backup"), [0.0, 100.0, 0.0]),
        ("balance roundrobin\noption allbackups", ("disabled", "backup", "backup"), [0.0, 50.0, 50.0]),
        ("balance roundrobin", ("weight 0", "backup weight 0", "backup"), [0.0, 0.0, 100.0]),
        ("balance first", ("", "", ""), [100.0, 0.0, 0.0]),
        ("balance first", ("id 9", "id 8", "id 7"), [0.0, 0.0, 100.0]),
    ],
)
def test_what_is_dealt_in_turn_is_exact(balance: str, options: tuple[str, ...], expected: list[float]) -> None:
    found = split(pool(balance, *options))
    assert percents(found) == expected
    assert found.basis == "exact"
    assert found.deterministic
    assert not any(found.uncertainty.values())


def test_without_an_eligible_server_it_says_so() -> None:
    found = split(pool("balance roundrobin", "weight 0", "weight 0", "disabled"))
    assert percents(found) == [0.0, 0.0, 0.0]
    assert "503" in found.explanation


def test_the_running_state_outranks_the_file() -> None:
    read = pool("balance roundrobin", "weight 100", "", "backup")
    assert percents(split(read, weights={"a": 1})) == [50.0, 50.0, 0.0]
    assert percents(split(read, up=lambda s: s.name != "a")) == [0.0, 100.0, 0.0]
    assert eligible(read, up=lambda s: s.name == "c") == {"c": 1}


@pytest.mark.parametrize(
    ("concurrency", "measured"), [(1, [33.3, 33.3, 33.3]), (2, [33.4, 33.3, 33.3]), (8, [62.5, 18.7, 18.8]), (24, [58.6, 20.7, 20.7])]
)
def test_leastconn_forgets_weights_when_idle(concurrency: int, measured: list[float]) -> None:
    found = split(pool("balance leastconn", "weight 3", "", ""), concurrency=concurrency)
    assert percents(found) == pytest.approx(measured, abs=0.5)
    assert found.judged_by == "concurrency"


def test_random_follows_the_ring() -> None:
    """Computed 28.9/18.5/24.3/28.3 and measured 27.6/17.5/24.7/30.1 with four servers; with three weighted 59.7/19.9/20.4 of 6,000."""
    found = split(pool("balance random(1)", "weight 3", "", ""))
    assert percents(found) == pytest.approx([59.7, 19.9, 20.4], abs=1.9)
    assert found.basis == "expected"


def test_first_fills_one_after_the_other() -> None:
    """Measured at 8 at once with maxconn 5: 63.2/36.8."""
    assert percents(split(pool("balance first", "maxconn 5", "maxconn 5", ""), concurrency=8)) == [62.5, 37.5, 0.0]


def test_a_hash_is_judged_by_its_keys() -> None:
    found = split(pool("balance uri", "weight 3", "", ""))
    assert percents(found) == [60.0, 20.0, 20.0]
    assert found.judged_by == "keys"
    assert found.dispersion > 1
    assert all(found.uncertainty.values())
    assert split(pool("balance hdr(X-User)", "", "", "", mode="tcp")).basis == "exact"


def test_no_placement_where_no_hash_decides_or_it_is_not_known() -> None:
    assert placement(pool("balance roundrobin", "", "", ""), ["x"]) is None
    assert placement(pool("balance source", "", "", ""), ["no address"]) == {"no address": None}
    assert placement(pool("balance source", "", "", ""), ["10.0.0.7"]) == {"10.0.0.7": "bca"[(0x0A000007 % 3) - 1]}


def test_hash_functions_of_the_empty_and_the_short_key() -> None:
    """sdbm: h = c + 65599·h; djb2: h = 33·h + c from 5381; both by hand."""
    assert sdbm(b"") == 0
    assert sdbm(b"ab") == (98 + 65599 * 97) % 2**32
    assert djb2(b"a") == 33 * 5381 + 97
    assert wt6(b"") == 0xA53C965A ^ 0x5CA6953A


def test_ids_and_the_map() -> None:
    assert server_ids(pool("balance uri", "id 2", "", "")) == {"a": 2, "b": 3, "c": 4}
    counts: Mapping[str, int] = {name: weight_map({"a": 3, "b": 2, "c": 1}, 1).count(name) for name in "abc"}
    assert counts == {"a": 3, "b": 2, "c": 1}
    # By hand: scores 2/1 give both a value of 1 and a goes first; then -1+2/2, again a; then 0/3 is 1 against 2, b.
    assert weight_map({"a": 20, "b": 10}, 10) == ("a", "a", "b")


@pytest.mark.parametrize(
    ("balance", "weights", "expected"),
    [
        ("static-rr", (3, 5), [0, 33.3, 66.7]),
        ("static-rr", (4, 6), [0, 25.0, 75.0]),
        ("static-rr", (2, 5), [0, 0, 100.0]),
        ("static-rr", (1, 9), [0, 100.0, 0]),
        ("uri", (3, 5), [0, 100.0, 0]),
        ("uri", (2, 5), [0, 0, 100.0]),
        ("url_param k", (3, 5), [0, 33.3, 66.7]),
        ("roundrobin", (2, 5), [0, 100.0, 0]),
        ("uri\nhash-type consistent", (2, 5), [0, 100.0, 0]),
    ],
)
def test_a_map_of_backups_has_as_many_slots_as_the_first_has_weight(balance: str, weights: tuple[int, int], expected: list[float]) -> None:
    """Measured with 2.6.12 and 2.8.25: the map is filled from all backups, and only its first slot counts for a hash."""
    found = pool(f"balance {balance}", "disabled", *(f"backup weight {weight}" for weight in weights))
    assert percents(split(found)) == expected
    if balance.startswith("uri"):
        assert set((placement(found, ["/a", "/b", "/c", "/d"]) or {}).values()) == {"b" if expected[1] else "c"}
