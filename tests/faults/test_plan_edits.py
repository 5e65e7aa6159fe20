"""Plans write each byte once: lines that servers share, servers that do not serve, algorithms that take no weight at run time."""

from datetime import UTC, datetime

import numpy as np
import pytest

from poise.balancers.haproxy.edit import apply, set_numbers
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.faults import plan_for
from poise.model.diagnosis import Hypothesis
from poise.model.needs import Needs, PoolNeeds
from poise.model.plan import Plan
from poise.model.sample import Component, Series, Stack, Window
from poise.model.topology import Topology

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHARED = """\
backend web
    default-server check maxconn 10 weight 10
    server app1 127.0.0.1:21001
    server app2 127.0.0.1:21002
    server app3 127.0.0.1:21003
"""
TEMPLATE = """\
backend web
    server-template app 3 127.0.0.1:21001 weight 10 maxconn 10
"""


def read(text: str) -> Topology:
    return lower([parse(text, "haproxy.cfg")])


def after(text: str, option: str, values: dict[str, int], pool: str = "web") -> str:
    return apply(text, set_numbers(read(text), pool, option, values))


def planned(fault: str, text: str, seen: dict[tuple[str, str], float], count: int = 3) -> Plan:
    instant = np.array([NOW.timestamp()])
    series = {(f"web/{s}", m): Series(instant, np.array([v])) for (s, m), v in seen.items()}
    servers = tuple(Component(f"web/app{i}", "server") for i in range(1, count + 1))
    stack = Stack((Component("web", "pool"), *servers), tuple(("web", s.name) for s in servers))
    window = Window(stack, NOW, series, (), (read(text),), Needs({"web": PoolNeeds("even", concurrency_per_server=25)}))
    return plan_for(Hypothesis(fault, "load-balancer", "pool web", (), 1.0), window)


def written(plan: Plan, text: str) -> str:
    return apply(text, tuple(e for s in plan.steps for e in s.edits))


def test_a_default_server_line_is_changed_once_for_all() -> None:
    assert after(SHARED, "maxconn", {"app1": 100, "app2": 100, "app3": 100}) == SHARED.replace("maxconn 10", "maxconn 100")
    assert after(SHARED, "weight", {"app1": 100, "app2": 100, "app3": 100}) == SHARED.replace("weight 10", "weight 100")
    assert written(planned("server-maxconn", SHARED, {}), SHARED) == SHARED.replace("maxconn 10", "maxconn 100")


def test_different_values_stand_on_each_servers_own_line() -> None:
    expected = SHARED.replace("21001", "21001 weight 20").replace("21002", "21002 weight 30")
    assert after(SHARED, "weight", {"app1": 20, "app2": 30, "app3": 10}) == expected


def test_a_defaults_line_is_left_alone_where_another_pool_uses_it() -> None:
    text = "defaults\n    default-server maxconn 10\n" + SHARED.replace(" maxconn 10", "") + "backend other\n    server b 127.0.0.1:1\n"
    new = after(text, "maxconn", {"app1": 40, "app2": 40, "app3": 40})
    assert "default-server maxconn 10\n" in new
    web, other = read(new).pool("web"), read(new).pool("other")
    assert web is not None and other is not None
    assert [s.maxconn for s in (*web.servers, *other.servers)] == [40, 40, 40, 10]


def test_a_server_template_is_for_a_person_to_change() -> None:
    with pytest.raises(ValueError, match="server-template"):
        set_numbers(read(TEMPLATE), "web", "weight", {"app1": 20, "app2": 20, "app3": 20})
    plan = planned("server-maxconn", TEMPLATE, {})
    assert [s.where for s in plan.steps] == ["runtime"] * 3
    assert "haproxy.cfg:2" in plan.advice and "`maxconn 100`" in plan.advice
    assert set_numbers(read(TEMPLATE), "web", "weight", {"app1": 10, "app2": 10}) == ()


def test_an_insertion_carries_its_guard() -> None:
    (edit,) = set_numbers(read("backend web\n    server a 127.0.0.1:1 check\n"), "web", "weight", {"a": 5})
    assert (edit.old, edit.new) == ("127.0.0.1:1", "127.0.0.1:1 weight 5")
    with pytest.raises(ValueError, match="changed since"):
        apply("backend web\n    # a new line\n    server a 127.0.0.1:1 check\n", (edit,))
    with pytest.raises(ValueError, match="overlap"):
        apply("backend web\n    server a 127.0.0.1:1 check\n", (edit, edit))


def test_an_address_whose_bytes_are_not_known_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="quotes or a variable"):
        set_numbers(read('backend web\n    server a "127.0.0.1:1" check\n'), "web", "weight", {"a": 5})


@pytest.mark.parametrize("state", [("maintenance", 1.0), ("drain", 1.0), ("up", 0.0)])
def test_a_server_that_does_not_serve_gets_no_wanted_share(state: tuple[str, float]) -> None:
    metric, value = state
    seen = {("app1", "weight"): 256.0, ("app2", "weight"): 1.0, ("app3", "weight"): 1.0, ("app3", metric): value}
    plan = planned("uneven-weights", SHARED, seen)
    assert plan.expected_shares == {"app1": 0.5, "app2": 0.5}
    assert [s.command for s in plan.steps if s.where == "runtime"] == ["set server web/app2 weight 256"]
    assert "app3" in plan.risk


def test_disabled_in_the_file_counts_unless_the_process_says_otherwise() -> None:
    text = SHARED.replace("21003", "21003 disabled")
    assert set(planned("uneven-weights", text, {}).expected_shares) == {"app1", "app2"}
    assert set(planned("uneven-weights", text, {("app3", "maintenance"): 0.0}).expected_shares) == {"app1", "app2", "app3"}


@pytest.mark.parametrize("balance", ["static-rr", "source", "uri", "hdr(X-User)"])
def test_a_static_algorithm_is_changed_by_file_and_reload_only(balance: str) -> None:
    text = f"backend web\n    balance {balance}\n    server app1 127.0.0.1:1 weight 9\n    server app2 127.0.0.1:2 weight 1\n"
    plan = planned("uneven-weights", text, {}, 2)
    assert [s.where for s in plan.steps] == ["file", "reload"]
    consistent = text.replace("    server app1", "    hash-type consistent\n    server app1")
    assert balance == "static-rr" or planned("uneven-weights", consistent, {}, 2).steps[0].where == "runtime"
