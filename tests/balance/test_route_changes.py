"""How a change moves requests between pools: a canary's part, a rest that nobody takes, what is not told."""

import json

import pytest
from jsonschema import validate

from poise.balance.changes.parts import route_changes
from poise.balance.diff import diff
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.forecast import ConfigurationDiff, PoolPart
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.report import diff_json, diff_markdown, diff_text
from poise.report.schema import schema

HEAD = "defaults\n    mode http\n    timeout connect 1s\n    timeout client 9s\n    timeout server 9s\n"
POOLS = "backend web\n    server a 10.0.0.1:80\nbackend canary\n    server b 10.0.0.2:80\n"


def read(*rules: str, pools: str = POOLS, file: str = "haproxy.cfg") -> Topology:
    lines = "".join(f"    {rule}\n" for rule in rules)
    return lower([parse(f"{HEAD}frontend front\n    bind :80\n{lines}{pools}", file)])


def draw(number: int) -> Topology:
    return read(f"use_backend canary if {{ rand(100) lt {number} }}", "default_backend web")


def test_a_canary_that_grows() -> None:
    (change,) = route_changes([draw(10)], [draw(50)])
    assert change.story == "10.0 % → 50.0 % of front's requests go to canary"
    assert (change.listener, change.route, change.line) == ("front", None, 8)
    assert change.share_moved == pytest.approx(0.4)
    assert change.parts == (PoolPart("canary", 0.1, 0.5), PoolPart("web", 0.9, 0.5))


def test_a_pool_that_comes_and_one_that_goes() -> None:
    (come,) = route_changes([read("default_backend web")], [draw(5)])
    assert come.story == "0.0 % → 5.0 % of front's requests go to canary"
    (gone,) = route_changes([draw(5)], [read("default_backend web")])
    assert gone.story == "95.0 % → 100.0 % of front's requests go to web"


def test_requests_that_no_pool_gets_are_told_first() -> None:
    (change,) = route_changes([draw(60)], [read("use_backend canary if { rand(100) lt 60 }")])
    assert change.story == "0.0 % → 40.0 % of front's requests go to no pool"


def test_what_is_as_before_or_not_told_is_no_change() -> None:
    assert route_changes([draw(10)], [draw(10)]) == ()
    conditional = read("use_backend canary if { path_beg /x }", "default_backend web")
    assert route_changes([conditional], [draw(10)]) == ()


def test_a_pool_that_is_called_otherwise_keeps_its_part() -> None:
    renamed = read("default_backend www", pools=POOLS.replace("backend web", "backend www"))
    assert route_changes([read("default_backend web")], [renamed], {"web": "www"}) == ()


def test_listeners_of_one_name_are_told_apart_by_their_files() -> None:
    old = [draw(10), read("default_backend web", file="other.cfg")]
    new = [draw(20), read("default_backend web", file="other.cfg")]
    assert [change.file for change in route_changes(old, new)] == ["haproxy.cfg"]


def test_pools_and_reports_tell_it_in_numbers() -> None:
    old, new = [draw(10)], [draw(50)]
    pools = diff(old, new, Needs())
    stories = {pool.pool: pool.story for pool in pools}
    assert "its part of front's requests goes 10.0 % → 50.0 %" in stories["canary"]
    assert "its part of front's requests goes 90.0 % → 50.0 %" in stories["web"]
    assert not any("rand" in story for story in stories.values())
    change = ConfigurationDiff(pools, routes=route_changes(old, new))
    told = diff_json.as_dict(change)
    validate(told, json.loads(schema("diff")))
    assert told["routes"][0]["pools"] == [
        {"pool": "canary", "before": 0.1, "after": 0.5},
        {"pool": "web", "before": 0.9, "after": 0.5},
    ]
    line = "10.0 % → 50.0 % of front's requests go to canary"
    assert f"routes\n  {line}  haproxy.cfg:8" in diff_text.text(change)
    assert f"- {line}" in diff_markdown.text(change)
