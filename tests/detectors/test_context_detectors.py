"""Series that the other detectors must and must not call bad. Figures are those of the measured faults."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from series_as_data import EVEN, NOW, all_of, counter, pool, states, topology, window

from poise.detectors import (
    DETECTORS,
    client_harm,
    database_waiting,
    demand_high,
    drift,
    hop_slow,
    limits_near,
    queue_growing,
    server_down,
    server_out_of_step,
    source_gone,
)
from poise.detectors.slowness import SURE, surely
from poise.model.needs import PoolNeeds
from poise.model.sample import Component, Event, Series, Stack, Window

FOUR = ("app1", "app2", "app3", "app4")
LEVEL = dict.fromkeys(FOUR, ((20.0, 60),))


def client(**metrics: str) -> dict[str, dict[str, str]]:
    return {"client": {"requests_per_second": "80x60", "success_ratio": "1x60", "p50_ms": "77x60", "p99_ms": "160x60", **metrics}}


def test_clients_that_fail_page() -> None:
    (verdict,) = client_harm.judge(window(client(success_ratio="1x57 0.67x3")), NOW)
    assert verdict.state == "bad" and verdict.page and verdict.figures["failed_ratio"] > 0.1


def test_one_failed_request_or_one_slow_second_does_not() -> None:
    assert states(client_harm.judge(window(client(success_ratio="1x58 0.9875 1")), NOW)) == {"client": "ok"}
    assert states(client_harm.judge(window(client(p99_ms="160x57 900 160x2")), NOW)) == {"client": "ok"}


def test_clients_that_wait_page_after_five_seconds_and_go_on_until_it_is_well() -> None:
    assert states(client_harm.judge(window(client(p99_ms="160x56 900x4")), NOW)) == {"client": "ok"}
    assert states(client_harm.judge(window(client(p99_ms="160x55 900x5")), NOW)) == {"client": "bad"}
    (between,) = client_harm.judge(window(client(p99_ms="900x50 450x10")), NOW)
    assert between.state == "ok" and between.figures["holds"] == 1


def test_a_slow_spell_wakes_somebody_when_it_lasts_or_is_far_over_the_promise() -> None:
    def pages(p99_ms: str) -> list[tuple[str, bool]]:
        return [(v.state, v.page) for v in client_harm.judge(window(client(p99_ms=p99_ms)), NOW)]

    assert pages("160x54 900x6") == [("bad", False)]
    assert pages("160x51 900x9") == [("bad", False)]
    assert pages("160x50 900x10") == [("bad", True)]
    assert pages("160x54 1100x6") == [("bad", True)]
    assert pages("160x30 900x5 160x19 900x6") == [("bad", True)]


def test_a_p50_that_improves_hides_nothing() -> None:
    (verdict,) = client_harm.judge(window(client(success_ratio="1x50 0x10", p50_ms="77x50 1x10", p99_ms="160x50 2x10")), NOW)
    assert verdict.state == "bad" and "100.0%" in verdict.summary


def test_a_probe_beside_counted_clients_wakes_nobody() -> None:
    data = client() | {
        "probe": {"attempts_total": counter((5, 60)), "failures_total": counter((0, 50), (5, 10)), "success_ratio": "1x50 0x10"}
    }
    pages = {v.component: (v.state, v.page) for v in client_harm.judge(window(data), NOW)}
    assert pages == {"client": ("ok", True), "probe": ("bad", False)}
    del data["client"]
    assert [v.page for v in client_harm.judge(window(data), NOW)] == [True]


def test_a_lost_server_is_context_and_most_lost_pages() -> None:
    one = {v.component: (v.state, v.page) for v in all_of(server_down.judge(window(pool(LEVEL, app1={"up": "1x50 0x10"})), NOW))}
    assert one["server web/app1"] == ("bad", False) and one["pool web"] == ("ok", True)
    gone = {n: {"up": "1x50 0x10"} for n in FOUR[:3]}
    assert states(server_down.judge(window(pool(LEVEL, **gone)), NOW))["pool web"] == "bad"
    maintained = {n: {"maintenance": "0x50 1x10"} for n in FOUR[:3]}
    found = states(server_down.judge(window(pool(LEVEL, **maintained)), NOW))
    assert found["pool web"] == "bad" and found["server web/app1"] == "ok"


def test_drift_between_file_and_running_state() -> None:
    assert states(drift.judge(window(pool(LEVEL)), NOW)) == {"pool web": "ok"}
    (running,) = all_of(drift.judge(window(pool(LEVEL, app1={"weight": "1x50 256x10"})), NOW))
    assert running.state == "bad" and "a reload undoes it" in running.reason and not running.page
    (edited,) = all_of(drift.judge(window(pool(LEVEL), EVEN, topology(weights={"app1": 100})), NOW))
    assert "not reloaded" in edited.reason and edited.summary == edited.reason
    written = topology(weights={"app1": 100})
    of_envoy = replace(written, product="envoy", pools=tuple(replace(p, product="envoy") for p in written.pools))
    (edited,) = all_of(drift.judge(window(pool(LEVEL), EVEN, of_envoy), NOW))
    assert "Envoy runs with 1 (it takes a file that is moved into its place" in edited.summary


def test_drift_of_settings_and_of_servers_that_no_weight_tells() -> None:
    same = {**pool(LEVEL), "web": {"file_differences": "0x60", "servers_missing": "0x60", "servers_unfiled": "0x60"}}
    assert states(drift.judge(window(same), NOW)) == {"pool web": "ok"}
    data = {**same, "web": {"file_differences": "0x50 2x10", "servers_missing": "0x50 1x10", "servers_unfiled": "0x60"}}
    (found,) = all_of(drift.judge(window(data), NOW))
    assert (found.state, found.summary) == (
        "bad",
        "3 differences between file and running state, the first: servers of the file that do not run: 1",
    )
    assert found.reason == "servers of the file that do not run: 1; settings that differ: 2"
    what = "lb_policy: the file (line 3) has RANDOM, what runs has none"
    said = Event(NOW, "note", f"pool web does not run as its file says: {what}", "pool web")
    (found,) = all_of(drift.judge(replace(window(data), events=(said,)), NOW))
    assert found.reason.endswith(what)


def test_a_standing_queue_and_a_burst() -> None:
    assert states(queue_growing.judge(window({"web": {"queue": "0x20 0 5 40 5 0"}}), NOW)) == {"pool web": "ok"}
    assert states(queue_growing.judge(window({"web": {"queue": "0x20 5 20 40 60 80"}}), NOW)) == {"pool web": "bad"}
    busy = {"app1": {"queue": "0x20 1 2 3 2 1", "slots": "4x25"}}
    assert states(queue_growing.judge(window(busy), NOW)) == {"application app1": "ok"}


def test_limits() -> None:
    frontend = {"http": {"sessions": "40x20 100x5", "session_limit": "100x25", "accept_queue": "0x20 73x5"}}
    (verdict,) = all_of(limits_near.judge(window(frontend), NOW))
    assert verdict.state == "bad" and "73 connections waited in the kernel" in verdict.summary and "listener-maxconn" in verdict.faults
    assert states(limits_near.judge(window({"app1": {"in_flight": "4 4 3 4 4", "slots": "4x5"}}), NOW)) == {"application app1": "ok"}
    bursts = {"lb1": {"sessions": "40x25", "session_limit": "100x25", "refused_total": "7x22 9 12 12"}}
    (verdict,) = all_of(limits_near.judge(window(bursts), NOW))
    assert verdict.state == "bad" and "5 requests or connections were refused in 5 s: no connection was left" in verdict.summary
    # As nginx 1.22 told while clients that idle came all the time, two of its own added: it turns nobody away, and closes the idle ones.
    full = {"lb1": {"connections": "480 449 461 470 479", "connection_limit": "512x5", "refused_total": "0x5"}}
    assert states(limits_near.judge(window(full), NOW)) == {"load-balancer lb1": "bad"}
    # The page that tells how many are in use takes a connection too: none answered, five looks were turned away.
    dark = {"lb1": {"connection_limit": "60x25", "refused_total": "0x20 1 2 3 4 5"}}
    found = replace(window(dark), topologies=(replace(topology(), product="nginx"),))
    (verdict,) = all_of(limits_near.judge(found, NOW))
    assert verdict.summary == "5 requests or connections were refused in 5 s: no connection was left (connections an unknown number of 60)"
    assert "the limit is `worker_connections`, for each worker" in verdict.reason
    assert states(limits_near.judge(window({"main": {"connections": "97x9", "connection_limit": "97x9"}}), NOW)) == {"database main": "bad"}


def test_a_server_out_of_step_with_its_peers() -> None:
    assert set(states(server_out_of_step.judge(window(pool(LEVEL)), NOW)).values()) == {"ok"}
    failing = window(pool(LEVEL, app2={"responses_5xx_total": counter((0, 50), (6, 10))}))
    assert states(server_out_of_step.judge(failing, NOW))["server web/app2"] == "bad"
    every = {n: {"responses_5xx_total": counter((0, 50), (6, 10))} for n in FOUR}
    assert set(states(server_out_of_step.judge(window(pool(LEVEL, **every)), NOW)).values()) == {"ok"}
    slow = window(pool(LEVEL) | {n: {"response_ms": "600x60" if n == "app3" else "75x60"} for n in FOUR})
    assert states(server_out_of_step.judge(slow, NOW)) == {f"server web/{n}": "bad" if n == "app3" else "ok" for n in FOUR}
    dead = window(pool(LEVEL, app4={"retries_total": counter((0, 50), (26, 10))}))
    assert states(server_out_of_step.judge(dead, NOW))["server web/app4"] == "bad"
    # As HAProxy 2.6 counts a server that refuses every connection, with `option redispatch`: neither requests nor retries rise.
    moved = {"requests_total": counter((20, 48), (0, 12)), "redispatches_total": counter((0, 48), (29, 12))}
    (told,) = [v for v in all_of(server_out_of_step.judge(window(pool(LEVEL, app1=moved)), NOW)) if v.state == "bad"]
    assert (told.component, told.summary) == ("server web/app1", "100% of its requests fail, 0% of its peers'")
    # Envoy counts as requests what got a connection, and as errors each attempt: 60 errors of 43 requests are all that there was.
    attempts = {"requests_total": counter((20, 48), (4.3, 12)), "responses_5xx_total": counter((0, 48), (6, 12))}
    refused = window(pool(LEVEL, app1=attempts))
    (told,) = [v for v in all_of(server_out_of_step.judge(refused, NOW)) if v.state == "bad"]
    assert told.summary == "100% of its requests fail, 0% of its peers'" and "60 of 60 failed" in told.reason


def database(**metrics: str) -> dict[str, dict[str, str]]:
    return {"main": {"active": "1x120", "lock_waits": "0x120", "statement_ms": "0.2x120", "connections": "20x120", **metrics}}


def test_a_database_that_waits() -> None:
    assert states(database_waiting.judge(window(database()), NOW)) == {"database main": "ok"}
    (locked,) = database_waiting.judge(window(database(active="1x114 16x6", lock_waits="0x114 13x6")), NOW)
    assert locked.state == "bad" and locked.faults == ("database-locked",) and not locked.page
    (slow,) = database_waiting.judge(window(database(statement_ms="0.2x110 252x10")), NOW)
    assert slow.state == "bad" and slow.faults == ("database-slow",)
    assert states(database_waiting.judge(window(database(statement_ms="0.2x110 4x10")), NOW)) == {"database main": "ok"}
    assert states(database_waiting.judge(window(database(), ago=30), NOW)) == {"database main": "unknown"}


def hop(**metrics: str) -> dict[str, dict[str, str]]:
    base = {"connect_ms": "0.1x60", "direct_connect_ms": "0.1x60", "ping_ms": "2x60", "direct_ping_ms": "1x60"}
    return {"lb→app1": {**base, "connect_failures_total": "0x60", "retransmits_total": "0x60", **metrics}}


def test_a_way_that_is_slow_or_loses() -> None:
    name = "hop lb→app1"
    assert states(hop_slow.judge(window(hop()), NOW)) == {name: "ok"}
    (slow,) = hop_slow.judge(window(hop(ping_ms="2x50 301x10")), NOW)
    assert slow.state == "bad" and slow.faults == ("network-delay",)
    # A busy application answers late on both ways.
    assert states(hop_slow.judge(window(hop(ping_ms="2x50 301x10", direct_ping_ms="1x50 290x10")), NOW)) == {name: "ok"}
    (lost,) = hop_slow.judge(window(hop(retransmits_total="0x50 0 1 1 1 2 2 2 2 3 3")), NOW)
    assert lost.state == "bad" and lost.faults == ("network-loss",)
    down = "0+0x50 1+1x10"
    assert states(hop_slow.judge(window(hop(connect_failures_total=down, direct_connect_failures_total=down)), NOW)) == {name: "ok"}


def test_demand_above_the_declared_peak() -> None:
    assert states(demand_high.judge(window(client(requests_per_second="80x50 160x10")), NOW)) == {"client": "ok"}
    assert states(demand_high.judge(window(client(requests_per_second="80x50 240x10")), NOW)) == {"client": "bad"}
    assert states(demand_high.judge(window({"http": {"requests_total": counter((80, 50), (240, 11))}}), NOW)) == {"client": "bad"}
    assert not list(demand_high.judge(window(client(), PoolNeeds()), NOW))


def test_a_source_that_went_silent() -> None:
    assert states(source_gone.judge(window(database()), NOW)) == {"database main": "ok"}
    assert states(source_gone.judge(window(database(), ago=12), NOW)) == {"database main": "bad"}


def test_only_harm_evenness_and_lost_pools_page() -> None:
    healthy = window(pool(LEVEL) | client() | database() | hop())
    verdicts = all_of(answer for d in DETECTORS for answer in d.judge(healthy, NOW + timedelta(0)))
    assert {v.detector for v in verdicts if v.page} == {"uneven_share", "client_harm", "server_down"}
    assert {v.state for v in verdicts} == {"ok"}


@pytest.mark.parametrize(("answers", "state"), [(1, "ok"), (4, "ok"), (11, "ok"), (12, "bad"), (40, "bad")])
def test_a_server_is_slow_by_its_answers_where_there_are_enough_of_them(answers: int, state: str) -> None:
    # nginx, looked at every ten seconds: its times are of the answers since the look before. 12·(3.01 − 1 − ln 3.01) = 10.9 > 10.1 > 10.0.
    names = [f"app{i}" for i in range(1, 201)]
    at = NOW.timestamp() - np.arange(70.0, -1.0, -10.0)
    series = {}
    for name in names:
        series[f"web/{name}", "requests_total"] = Series(at, answers * np.arange(8.0))
        series[f"web/{name}", "response_ms"] = Series(at, np.full(8, 301.0 if name == "app3" else 100.0))
    topologies = (replace(topology(200), product="nginx", pools=(replace(topology(200).pools[0], product="nginx"),)),)
    looked = Window(Stack(tuple(Component(f"web/{n}", "server") for n in names)), NOW, series, topologies=topologies)
    assert states(server_out_of_step.judge(looked, NOW))["server web/app3"] == state


@pytest.mark.parametrize(("own", "others"), [(5, 95), (12, 12), (12, 2388), (40, 120)])
def test_chance_calls_a_server_slow_no_more_often_than_was_reckoned(own: int, others: int) -> None:
    draw, times = np.random.default_rng(own + others), 1_000_000
    # The mean of n exponential times of mean 1 is a gamma variable of shape n and scale 1/n.
    ratio = draw.gamma(own, 1 / own, times) / draw.gamma(others, 1 / others, times)
    called = sum(surely(own, others, each) for each in ratio[ratio > 1.5].tolist())
    assert called <= times * np.exp(-SURE)
