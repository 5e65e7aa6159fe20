"""Which part of a listener's requests each pool gets: arithmetic, and what is not told."""

import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.route_shares import route_shares
from poise.balancers.haproxy.syntax import parse
from poise.model.forecast import RouteShare

NAMES = ("web", "api", "canary", "beta")
HEAD = "defaults\n    mode http\n    timeout connect 1s\n    timeout client 9s\n    timeout server 9s\n"


def rows(lines: str) -> list[RouteShare]:
    body = "".join(f"    {line.strip()}\n" for line in lines.strip().splitlines())
    text = f"{HEAD}frontend front\n    bind :80\n{body}" + "".join(f"backend {name}\n    server s 10.0.0.1:80\n" for name in NAMES)
    topology = lower([parse(text, "haproxy.cfg")])
    assert topology.could_not == ()
    return list(route_shares(topology))


def told(lines: str) -> list[tuple[str | None, str | None, float | None]]:
    return [(row.route, row.pool, row.share) for row in rows(lines)]


def test_one_pool_gets_all() -> None:
    assert told("default_backend web") == [(None, "web", 1.0)]
    assert told("use_backend api\ndefault_backend web") == [(None, "api", 1.0)]
    assert told("use_backend api if TRUE\ndefault_backend web") == [(None, "api", 1.0)]
    assert told("use_backend api if FALSE\ndefault_backend web") == [(None, "web", 1.0)]


def test_the_second_rule_draws_from_what_the_first_leaves() -> None:
    found = told("use_backend canary if { rand(100) lt 10 }\nuse_backend beta if { rand(100) lt 50 }\ndefault_backend web")
    assert found == [(None, "canary", 0.1), (None, "beta", 0.45), (None, "web", 0.45)]


def test_rules_for_one_pool_are_one_row_at_the_first_of_them() -> None:
    found = rows("use_backend canary if { rand(4) 0 }\nuse_backend canary if { rand(3) 0 }\ndefault_backend web")
    assert [(row.pool, row.share, row.line) for row in found] == [("canary", 0.5, 8), ("web", 0.5, 10)]


def test_without_a_default_the_rest_is_answered_503() -> None:
    found = rows("use_backend canary if { rand(100) lt 10 }")
    assert [(row.pool, row.share) for row in found] == [("canary", 0.1), (None, 0.9)]
    assert "503" in found[1].why


def test_what_requests_ask_for_is_not_told() -> None:
    lines = "acl api path_beg /api\nuse_backend api if api\ndefault_backend web"
    assert told(lines) == [("if api", "api", None), ("else", "web", None)]


def test_a_draw_is_told_for_each_kind_of_requests() -> None:
    lines = """acl api path_beg /api
        use_backend canary if { rand(10) lt 1 }
        use_backend api if api
        default_backend web"""
    assert told(lines) == [
        ("if api", "canary", 0.1),
        ("if api", "api", 0.9),
        ("unless api", "canary", 0.1),
        ("unless api", "web", 0.9),
    ]


def test_a_draw_among_some_requests_is_a_part_of_these() -> None:
    lines = """acl beta-tester hdr(x-beta) 1
        use_backend beta if { rand(10) lt 3 } beta-tester
        default_backend web"""
    assert told(lines) == [
        ("if beta-tester", "beta", 0.3),
        ("if beta-tester", "web", 0.7),
        ("unless beta-tester", "web", None),
    ]


def test_a_draw_among_all_but_some() -> None:
    lines = """acl staff src 10.0.0.0/8
        use_backend canary if !staff { rand(10) lt 3 }
        default_backend web"""
    assert told(lines) == [("if staff", "web", None), ("unless staff", "canary", 0.3), ("unless staff", "web", 0.7)]


def test_patterns_in_a_file_may_differ() -> None:
    lines = """use_backend canary if { path -f a.lst } { rand(10) lt 5 }
        use_backend api if { path -f b.lst }
        default_backend web"""
    # The rest of those that a.lst holds goes to web, unless b.lst holds them too.
    assert told(lines)[:3] == [
        ("if { path -f #1 }", "canary", 0.5),
        ("if { path -f #1 }", "web", 0.5),
        ("if { path -f #2 }", "api", None),
    ]


def test_a_number_that_a_condition_guards_is_not_followed() -> None:
    lines = """http-request set-var(txn.part) rand(100) if { path /x }
        use_backend canary if { var(txn.part) -m int lt 10 }
        default_backend web"""
    assert [share for _, _, share in told(lines)] == [None, None]


def test_a_backend_that_a_request_names_may_not_exist() -> None:
    assert told("use_backend %[req.hdr(x)]\ndefault_backend web") == [
        (None, "%[req.hdr(x)]", None),
        ("else", "web", None),
    ]


@pytest.mark.parametrize("rules", [400])
def test_too_many_kinds_are_said_to_be(rules: int) -> None:
    lines = "\n".join(f"use_backend api if {{ path /{i} }} {{ rand(2) 0 }}" for i in range(rules))
    assert rows(f"{lines}\ndefault_backend web")[0].share == 0.5
    many = "\n".join(f"use_backend api if {{ path /{i} }} {{ rand(2) 0 }}" for i in range(2 * rules))
    found = rows(f"{many}\ndefault_backend web")
    assert {row.share for row in found} == {None}
    assert "so many kinds" in found[0].why
