"""The first page as facts: what it says of stacks of which every figure is known by arithmetic."""

import json
from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest
from tests.report.dashboard.looks_by_arithmetic import BESIDE, EVEN, FOUR, HOT, KINDS, NOW, QUIET, look, november, topology, window

from poise.model.alert import Alert, Verdict
from poise.model.sample import Component, Event, Silence, Stack
from poise.report.dashboard.as_dict import as_dict
from poise.report.dashboard.band import band
from poise.report.dashboard.board import board
from poise.report.dashboard.changes import lines_apart
from poise.report.dashboard.compact import compact, row
from poise.report.dashboard.heat import heat
from poise.report.dashboard.views import Board

HOUR = timedelta(hours=1)


def of(*looks: object) -> Board:
    return board(looks, NOW, True, {}, NOW - HOUR)  # type: ignore[arg-type]


def test_the_band_holds_99_of_100_shares() -> None:
    # 800 requests, a quarter each: σ = √(¼·¾/800) = 0.01531, 2.5758 σ = 0.03943, and half a request.
    low, high = band(0.25, 800) or (0, 0)
    assert low == pytest.approx(0.25 - 0.03943 - 0.5 / 800, abs=1e-5)
    assert high == pytest.approx(0.25 + 0.03943 + 0.5 / 800, abs=1e-5)
    # Four times the variance is twice the width; an uncertain forecast adds its own error.
    wide = band(0.25, 800, dispersion=4.0) or (0, 0)
    assert wide[1] - 0.25 == pytest.approx(2 * 0.03943 + 0.5 / 800, abs=1e-5)
    doubtful = band(0.25, 800, uncertainty=0.02) or (0, 0)
    assert doubtful[1] - 0.25 == pytest.approx(2.5758 * sqrt(0.25 * 0.75 / 800 + 0.02**2) + 0.5 / 800, abs=1e-5)
    assert band(0.25, 0) is None
    assert band(0.0, 10) == (0.0, 0.05)


def test_november_is_told_in_the_first_sentence() -> None:
    found = of(look(november()))
    assert found.level == "bad"
    assert found.headline == ("pool web: app1 gets 96.2 % of the requests, the needs want 25 %: 3.9 times its share, since 11:59:30 UTC.")
    pool = found.pools[0]
    assert pool.explanation == "The weights explain it: its weight is 256 of 259. The file says 100: it was changed while running."
    hot, *cold = pool.servers
    # 77 of 80 requests a second, over ten seconds.
    assert (hot.share, hot.expected, hot.requests_per_second, pool.span_seconds) == (0.9625, 0.25, 77.0, 10.0)
    assert (hot.in_flight, hot.queue, hot.weight_file, hot.weight_running, hot.state) == (128, 40, 100, 256, "up")
    assert hot.errors_ratio == pytest.approx(0.33)
    assert hot.level == "bad" and [s.level for s in cold] == ["warning"] * 3
    assert hot.low is not None and hot.high is not None and hot.low < 0.25 < hot.high < hot.share
    assert cold[0].why == "gets 1.2 %, 1/20 of its share"


def test_other_layers_are_ruled_out_by_their_own_figures() -> None:
    words = {layer.layer: (layer.level, layer.words) for layer in of(look(november())).layers}
    assert words["database"] == ("good", "normal: 0.16 ms a statement, 0 waits, 12 of 100 connections")
    assert words["network"] == ("good", "normal: 0.4 ms to connect at most, 0 failed connects, 0 segments sent again in 60 s")
    assert words["clients"] == ("bad", "client: 32.7% of requests fail (67.3 % succeed, p50 3.8 s, p99 3.9 s, 80 requests/s)")
    assert words["load-balancer"][0] == "bad" and "app1 gets 96%" in words["load-balancer"][1]
    # app1 fails because it gets four times its share: its team need not be called.
    level, said = words["application"]
    assert level == "good" and said.startswith("no sign of its own: 75 ms an answer as the load balancer sees it")


def test_a_layer_that_is_not_watched_says_how_to_watch_it() -> None:
    words = {layer.layer: (layer.level, layer.words) for layer in of(look(window(FOUR, QUIET))).layers}
    assert words["database"] == ("unknown", "not watched: name its address in [watch.database.NAME] of poise.toml")
    assert of(look(window(FOUR, QUIET))).level == "good"


def test_a_layer_is_accused_by_its_own_alert() -> None:
    slow = {("main", "statement_ms"): 900.0, ("main", "lock_waits"): 5.0, ("main", "active"): 8.0}
    found = of(look(window(FOUR, QUIET, beside={**BESIDE, **slow, ("client", "success_ratio"): 1.0}, kinds=KINDS)))
    database = next(layer for layer in found.layers if layer.layer == "database")
    assert database.level == "warning"
    assert database.words.startswith("database main: 5 of 8 active sessions wait for a lock (900 ms a statement, 5 waits")


@pytest.mark.parametrize(("serves", "level"), [("web/app1", "good"), ("api/a1", "warning")])
def test_an_application_behind_an_uneven_pool_is_not_accused(serves: str, level: str) -> None:
    """What queues there is what the load balancer sent there; one behind another pool has a queue of its own."""
    full = {("shop", "in_flight"): 4.0, ("shop", "slots"): 4.0}
    found = window(FOUR, HOT, needs={"web": EVEN}, beside=full, kinds={"shop": "application"})
    stack = Stack((*found.stack.components, Component("api", "pool"), Component("api/a1", "server")))
    stack = replace(stack, edges=((serves.partition("/")[0], serves), (serves, "shop")))
    said = Verdict("limits_near", "application shop", "bad", "warning", False, "4 of 4 slots taken", "why")
    alert = Alert(said.key, "firing", said, NOW, NOW)
    seen = look(replace(found, stack=stack))
    (layer,) = (each for each in of(replace(seen, alerts=(*seen.alerts, alert))).layers if each.layer == "application")
    assert (layer.level, "no sign of its own" in layer.words) == (level, level == "good")


def test_the_lines_of_an_edit_stand_apart_from_what_it_moved() -> None:
    first = "haproxy.cfg was edited; 74% of pool web's traffic moves (app1 25% → 99%)"
    lines = ("- server app1 10.0.0.1:80", "+ server app1 10.0.0.1:80 weight 256", "and 3 lines more")
    assert lines_apart("; ".join((first, *lines))) == (first, lines)
    assert lines_apart("weights 1/1 → 256/1; by ada") == ("weights 1/1 → 256/1; by ada", ())


def test_what_is_as_it_should_be_says_so() -> None:
    found = of(look(window(FOUR, QUIET, needs={"web": EVEN})))
    assert found.headline == "The one pool is as it should be. Nothing fires."
    assert found.pools[0].verdict == "As expected: app1 gets the most, 25 % of 800 requests; the needs want 25 %."
    assert {s.level for s in found.pools[0].servers} == {"good"}


def test_weights_that_are_meant_are_expected() -> None:
    heavy = topology({"web": ("app1", "app2", "app3", "app4")}, {"app1": 200})
    found = of(look(window(heavy, {"web/app1": 40.0, "web/app2": 20.0, "web/app3": 20.0, "web/app4": 20.0})))
    pool = found.pools[0]
    assert pool.level == "good" and not pool.declared
    assert [s.expected for s in pool.servers] == [0.4, 0.2, 0.2, 0.2]
    assert pool.verdict == "As expected: app1 gets the most, 40 % of 1,000 requests; weights and algorithm give 40 %."


def test_what_no_weight_explains_names_what_it_is_not() -> None:
    said = of(look(window(FOUR, HOT, needs={"web": EVEN}))).pools[0].explanation
    assert said == "Not explained by weights (all 100), by clients that stick (none do) or by roundrobin; all servers are up."
    sticky = replace(FOUR, pools=(replace(FOUR.pools[0], persistence="cookie SRV insert"),))
    said = of(look(window(sticky, HOT, needs={"web": EVEN}))).pools[0].explanation
    assert said == "The weights do not explain it; clients that stick (cookie SRV insert) may."


def test_too_little_traffic_is_no_verdict_and_a_longer_look_counts() -> None:
    # 0.2 requests a second: two in ten seconds, 12 in sixty.
    few = of(look(window(FOUR, dict.fromkeys(QUIET, 0.05)))).pools[0]
    assert few.span_seconds == 60.0 and few.requests_per_second == pytest.approx(0.2)
    none = of(look(window(FOUR, dict.fromkeys(QUIET, 0.0)))).pools[0]
    assert none.level == "unknown"
    assert none.verdict == "Too little traffic to judge: 0 requests in 180 s."
    assert [s.share for s in none.servers] == [None] * 4


def test_before_ten_seconds_are_known_shares_stand_there_with_what_may_be_chance() -> None:
    found = of(look(window(FOUR, QUIET, seconds=3, needs={"web": EVEN})))
    (pool,) = found.pools
    assert (pool.span_seconds, pool.level, found.level) == (3.0, "unknown", "unknown")
    assert [s.share for s in pool.servers] == [0.25] * 4
    # 2.5758 · √(0.25 · 0.75 / 240) + 0.5 / 240 = 0.0741.
    assert pool.servers[0].high == pytest.approx(0.25 + 0.0741, abs=0.0001)
    assert pool.verdict == (
        "Only 3 s are known yet: app1 gets the most, 25 % of 240 requests; the needs want 25 %. A share that is 7 points off may be chance."
    )
    assert of(look(window(FOUR, QUIET, seconds=10, needs={"web": EVEN}))).pools[0].level == "good"
    assert of(look(window(FOUR, QUIET, seconds=0, needs={"web": EVEN}))).pools[0].verdict == "No figures of its servers yet."


def test_servers_that_are_out_say_why() -> None:
    out = {"web/app2": {"up": 0.0}, "web/app3": {"maintenance": 1.0}, "web/app4": {"drain": 1.0}}
    pool = of(look(window(FOUR, {**QUIET, "web/app2": 0, "web/app3": 0, "web/app4": 5}, more=out))).pools[0]
    assert [s.state for s in pool.servers] == ["up", "down", "maintenance", "drain"]
    assert [s.level for s in pool.servers] == ["good", "bad", "warning", "warning"]
    # Who drains keeps the clients that stick to it: that says nothing of the others' shares.
    assert [s.share for s in pool.servers] == [1.0, 0.0, 0.0, None]


def test_nothing_known_says_why() -> None:
    silent = replace(window(FOUR, QUIET), series={}, frames=(), silences={"lb1": Silence(NOW, False, "/run/a.sock: connection refused")})
    found = of(look(silent))
    assert found.pools[0].verdict == "Nothing is known: /run/a.sock: connection refused."
    assert found.pools[0].level == "unknown" and found.headline.startswith("load-balancer lb1: ")
    assert of().headline == "Nothing is known yet."


def test_the_worst_pool_stands_first_and_a_pair_stays_together() -> None:
    both = topology({"api": ("a1", "a2"), "web": ("app1", "app2", "app3", "app4")})
    calm = {"api/a1": 30.0, "api/a2": 30.0}
    good, bad = window(both, {**calm, **QUIET}, needs={"web": EVEN}), window(both, {**calm, **HOT}, needs={"web": EVEN})
    found = of(look(good, "lb1"), look(bad, "lb2"))
    assert [(p.pool, p.load_balancer, p.level) for p in found.pools] == [
        *(("web", "lb2", "bad"), ("web", "lb1", "good")),
        *(("api", "lb1", "good"), ("api", "lb2", "good")),
    ]
    assert found.headline.startswith("lb2, pool web: app1 gets 96.2 % of the requests")


def test_pools_beside_each_other_have_one_scale() -> None:
    found = of(look(window(FOUR, QUIET, needs={"web": EVEN}), "lb1"), look(window(FOUR, HOT, needs={"web": EVEN}), "lb2"))
    # 96 % needs the whole bar; alone, a quarter of the requests with its band (29 %) would fill one of 30 %.
    assert {pool["scale"] for pool in compact(found)["pools"].values()} == {1.0}
    assert {pool["scale"] for pool in compact(of(look(window(FOUR, QUIET))))["pools"].values()} == {0.3}


def test_a_change_says_which_traffic_it_moved() -> None:
    (change,) = of(look(november())).changes
    # ½ (|0.9625 − 0.25| + 3 · |0.0125 − 0.25|) = 0.7125.
    assert change.moved == (change_of_november := "71.3 % of the traffic of pool web moved: app1 25 % → 96.3 %")
    idle = Event(NOW - timedelta(seconds=80), "change", "a comment", "load-balancer lb1")
    (change,) = of(look(window(FOUR, QUIET, events=(idle,)))).changes
    assert change.moved == "no traffic moved"
    # Ten seconds after the weights somebody else did something: what the weights moved is not his.
    found = window(FOUR, HOT, before=QUIET, changed=100, events=(november().events[0], replace(idle, at=NOW - timedelta(seconds=90))))
    later, first = of(look(found)).changes
    assert (first.moved, later.moved) == (change_of_november, "no traffic moved")
    new = Event(NOW - timedelta(seconds=3), "change", "just now", "load-balancer lb1")
    (change,) = of(look(window(FOUR, QUIET, events=(new,)))).changes
    assert change.moved == ""


def test_alerts_that_page_stand_first_and_those_that_ended_stay_an_hour() -> None:
    def alert(name: str, phase: str, *, page: bool, ended: float | None = None) -> Alert:
        said = Verdict(name, "pool web", "bad", "error" if page else "warning", page, f"{name} happens", "why")
        end = None if ended is None else NOW - timedelta(minutes=ended)
        return Alert(said.key, phase, said, NOW - timedelta(minutes=120), None, end)  # type: ignore[arg-type]

    alerts = (
        alert("a", "resolved", page=True, ended=5),
        alert("b", "firing", page=False),
        alert("c", "firing", page=True),
        alert("d", "resolved", page=True, ended=90),
        alert("e", "pending", page=True),
    )
    one = replace(look(window(FOUR, QUIET)), alerts=alerts)
    found = of(one)
    assert [a.detector for a in found.alerts] == ["c", "b", "e", "a"]
    key = found.alerts[0].key
    again = board([one], NOW, True, {key: "ada has it in hand"}, NOW - HOUR)
    assert again.alerts[0].handled == "ada has it in hand"


def test_the_heat_strip_shows_the_change() -> None:
    strip = heat(november(), "lb1", "web", minutes=3, bins=18)
    assert strip.bin_seconds == 10 and strip.starts[-1] == NOW - timedelta(seconds=10)
    # The change was 100 s ago: eight bins before it, ten after.
    assert strip.shares[0] == (0.25,) * 8 + (0.9625,) * 10
    assert strip.ratios[0] == (1.0,) * 8 + (3.85,) * 10
    assert strip.shares[1][-1] == 0.0125 and strip.ratios[1][-1] == 0.05
    assert heat(november(), "lb1", "nowhere").servers == ()


def test_json_has_instants_in_utc_and_null_for_what_is_not_known() -> None:
    found = as_dict(of(look(november())))
    assert found["seen"] == "2026-11-22T12:00:00Z" and found["pools"][0]["since"] == "2026-11-22T11:59:30Z"
    assert found["pools"][0]["servers"][0]["p99_ms"] is None
    assert json.loads(json.dumps(found)) == found


def test_the_event_of_a_look_moves_what_stands_and_says_when_it_cannot() -> None:
    now = compact(of(look(november())))
    (pool,) = now["pools"].values()
    assert pool["servers"][0][:7] == [0, 0, 0.963, 0.25, 0.21, 0.29, 77]
    assert pool["scale"] == 1.0 and pool["rate"] == 80
    # Other numbers, the same elements.
    calm, busier = (window(FOUR, {n: r * k for n, r in QUIET.items()}) for k in (1, 3))
    assert compact(of(look(calm)))["shape"] == compact(of(look(busier)))["shape"]
    # Another weight in the file, a pool that is bad now, an alert that somebody has in hand: the page is drawn anew.
    other = window(topology({"web": ("app1", "app2", "app3", "app4")}, {"app1": 50}), QUIET)
    assert compact(of(look(calm)))["shape"] not in (compact(of(look(other)))["shape"], now["shape"])
    held = of(look(november()))
    key = held.alerts[0].key
    assert compact(board([look(november())], NOW, True, {key: "ada"}, NOW - HOUR))["shape"] != compact(held)["shape"]


def test_a_thousand_servers_are_an_event_of_some_tens_of_kilobytes() -> None:
    many = topology({f"pool{p}": tuple(f"app{s}" for s in range(20)) for p in range(50)})
    rates = {f"pool{p}/app{s}": 10.0 + s for p in range(50) for s in range(20)}
    found = of(look(window(many, rates, seconds=20)))
    assert len(json.dumps(compact(found), separators=(",", ":"))) < 120_000
    assert len(row(found.pools[0].servers[0])) == 15


def test_hostile_names_cannot_reorder_or_hide_a_line() -> None:
    name = "app\u202e<script>\x1b[31m"
    hostile = topology({"web": (name, "app2")})
    found = of(look(window(hostile, {f"web/{name}": 90.0, "web/app2": 10.0}, needs={"web": EVEN})))
    assert "\u202e" in found.pools[0].verdict
    sent = json.dumps(compact(found), ensure_ascii=False)
    assert "\u202e" not in sent and "\x1b" not in sent and "\\\\u202e" in sent
    told = json.dumps(as_dict(found), ensure_ascii=False)
    assert "\u202e" not in told
