"""Plans: raise first, write the file, undo each step, and say who acts where poise cannot."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from poise.balancers.haproxy.edit import apply
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.faults import FAULTS, plan_for
from poise.faults.weight_targets import targets
from poise.model.diagnosis import Hypothesis
from poise.model.needs import Needs, PoolNeeds
from poise.model.plan import Plan
from poise.model.sample import Component, Series, Stack, Window

NOW = datetime(2026, 11, 10, 13, 45, tzinfo=UTC)
TEXT = """\
frontend http
    bind 127.0.0.1:20000
    maxconn 50
    default_backend web
backend web
    balance roundrobin
    server app1 127.0.0.1:21001 weight 256 maxconn 1 check
    server app2 127.0.0.1:21002 weight 1 maxconn 1 check
    server app3 127.0.0.1:21003 check
"""


def window(running: dict[tuple[str, str], float] | None = None, needs: PoolNeeds | None = None) -> Window:
    instant = np.array([NOW.timestamp()])
    series = {key: Series(instant, np.array([value])) for key, value in (running or {}).items()}
    servers = tuple(Component(f"web/app{i}", "server") for i in (1, 2, 3))
    stack = Stack((Component("web", "pool"), *servers), tuple(("web", s.name) for s in servers))
    needs = needs or PoolNeeds("even", concurrency_per_server=4)
    return Window(stack, NOW, series, (), (lower([parse(TEXT, "haproxy.cfg")]),), Needs({"web": needs}))


def planned(fault: str, component: str, seen: Window) -> Plan:
    return plan_for(Hypothesis(fault, "load-balancer", component, (), 1.0), seen)


def written(plan: Plan) -> str:
    return apply(TEXT, tuple(e for s in plan.steps for e in s.edits))


def test_the_others_are_raised_and_nothing_is_lowered() -> None:
    plan = planned("uneven-weights", "pool web", window())
    runtime = [s for s in plan.steps if s.where == "runtime"]
    assert [s.command for s in runtime] == ["set server web/app2 weight 256", "set server web/app3 weight 256"]
    assert [s.undo for s in runtime] == ["set server web/app2 weight 1", "set server web/app3 weight 1"]
    assert [s.where for s in plan.steps] == ["runtime", "runtime", "file", "reload"]
    assert plan.expected_shares == pytest.approx({"app1": 1 / 3, "app2": 1 / 3, "app3": 1 / 3})


def test_the_file_is_changed_by_the_fewest_bytes() -> None:
    expected = TEXT.replace("weight 1 maxconn", "weight 256 maxconn").replace("21003 check", "21003 weight 256 check")
    assert written(planned("uneven-weights", "pool web", window())) == expected


def test_running_weights_count_and_a_right_file_is_left_alone() -> None:
    even = lower(
        [
            parse(
                TEXT.replace("weight 256", "weight 100").replace("weight 1 ", "weight 100 ").replace("21003", "21003 weight 100"),
                "haproxy.cfg",
            )
        ]
    )
    seen = replace(window({("web/app1", "weight"): 100, ("web/app2", "weight"): 1, ("web/app3", "weight"): 1}), topologies=(even,))
    plan = planned("uneven-weights", "pool web", seen)
    assert [s.command for s in plan.steps] == ["set server web/app2 weight 100", "set server web/app3 weight 100"]


@pytest.mark.parametrize(
    ("wanted", "running", "aim"),
    [
        ({"a": 1, "b": 1}, {"a": 256, "b": 1}, {"a": 256, "b": 256}),
        ({"a": 2, "b": 1}, {"a": 200, "b": 1}, {"a": 200, "b": 100}),
        ({"a": 1, "b": 2}, {"a": 256, "b": 1}, {"a": 128, "b": 256}),  # a must be lowered: b cannot be 512
        ({"a": 1, "b": 0}, {"a": 1, "b": 7}, {"a": 1, "b": 0}),
        ({"a": 1.5, "b": 1}, {"a": 3, "b": 1}, {"a": 3, "b": 2}),
    ],
)
def test_targets_keep_the_ratio_and_lower_only_where_they_must(
    wanted: dict[str, float], running: dict[str, int], aim: dict[str, int]
) -> None:
    assert targets(wanted, running) == aim


def test_lowering_comes_after_raising_and_is_told_as_a_risk() -> None:
    needs = PoolNeeds({"app1": 1, "app2": 2, "app3": 2})
    plan = planned("uneven-weights", "pool web", window(needs=needs))
    assert [s.command for s in plan.steps if s.where == "runtime"][-1] == "set server web/app1 weight 128"
    assert "app1" in plan.risk


def test_limits_are_raised_at_run_time_and_in_the_file() -> None:
    plan = planned("server-maxconn", "pool web", window({("web/app1", "maxconn"): 1, ("web/app2", "maxconn"): 1}))
    assert [s.command for s in plan.steps if s.where == "runtime"] == ["set maxconn server web/app1 16", "set maxconn server web/app2 16"]
    assert written(plan) == TEXT.replace("maxconn 1 ", "maxconn 16 ")


def test_a_listener_is_widened() -> None:
    plan = planned("listener-maxconn", "listener http", window({("http", "session_limit"): 50}))
    assert plan.steps[0].command == "set maxconn frontend http 200"
    assert written(plan) == TEXT.replace("maxconn 50", "maxconn 200")


def test_connections_that_carry_nothing_need_a_shorter_keep_alive() -> None:
    full = {("http", "session_limit"): 50.0, ("http", "sessions"): 50.0}
    idle = planned("listener-maxconn", "listener http", window({**full, ("web/app1", "in_flight"): 3, ("web/app2", "in_flight"): 2}))
    assert "Of 50 connections only 5 carry a request" in idle.advice and "http-keep-alive" in idle.advice
    busy = planned("listener-maxconn", "listener http", window({**full, ("web/app1", "in_flight"): 30, ("web/app2", "in_flight"): 15}))
    assert busy.advice == "" and busy.steps == idle.steps


def test_no_commands_of_haproxy_for_a_listener_of_envoy() -> None:
    seen = window({("http", "session_limit"): 50})
    (read,) = seen.topologies
    plan = planned("listener-maxconn", "listener http", replace(seen, topologies=(replace(read, product="envoy"),)))
    assert plan.steps == () and "raise envoy.resource_limits.listener.http.connection_limit from 50 to 200" in plan.advice


def test_what_is_in_maintenance_is_set_ready() -> None:
    plan = planned("traffic-pinned", "pool web", window({("web/app2", "maintenance"): 1, ("web/app3", "drain"): 1}))
    assert [s.command for s in plan.steps] == ["set server web/app2 state ready", "set server web/app3 state ready"]
    assert [s.undo for s in plan.steps] == ["set server web/app2 state maint", "set server web/app3 state drain"]


def test_a_wrong_check_is_stopped() -> None:
    plan = planned("wrong-health-check", "pool web", window({("web/app1", "up"): 0, ("web/app1", "check_refused"): 0}))
    assert [s.command for s in plan.steps] == ["disable health web/app1", "set server web/app1 health up"]


@pytest.mark.parametrize("seen", [{("web/app1", "check_refused"): 1}, {}])
def test_a_server_that_nothing_proves_alive_is_never_forced_up(seen: dict[tuple[str, str], float]) -> None:
    plan = planned("wrong-health-check", "pool web", window({("web/app1", "up"): 0, **seen}))
    assert plan.steps == () and "curl" in plan.advice


OTHERS = {
    "server-slow": "server web/app1",
    "server-errors": "server web/app1",
    "database-locked": "database main",
    "database-slow": "database main",
}
OTHERS |= {"database-connections": "database main", "network-delay": "hop lb→app1", "network-loss": "hop lb→app1", "surge": "client"}
OTHERS |= {"outside": "client", "none": "stack", "server-down": "pool web", "servers-slow-all": "pool web"}


@pytest.mark.parametrize("fault", OTHERS)
def test_what_poise_cannot_repair_says_who_can(fault: str) -> None:
    plan = planned(fault, OTHERS[fault], window())
    assert plan.steps == ()
    assert plan.advice


def test_every_fault_has_a_plan_and_no_file_is_no_error() -> None:
    bare = Window(Stack(), NOW)
    for unit in FAULTS:
        component = OTHERS.get(unit.FAULT.name, "pool web")
        assert plan_for(Hypothesis(unit.FAULT.name, unit.FAULT.layer, component, (), 1.0), bare).fault == unit.FAULT.name
