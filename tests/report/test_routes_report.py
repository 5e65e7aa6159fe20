"""What `poise predict` says of routes: a line for each that is divided, and which are not told."""

import json

from jsonschema import validate

from poise.balance.forecast import forecast
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.forecast import RouteShare
from poise.model.needs import Needs
from poise.report import forecast_json, forecast_text
from poise.report.routes_text import route_lines
from poise.report.schema import schema

CONFIGURATION = """\
defaults
    mode http
    timeout connect 1s
    timeout client 9s
    timeout server 9s
frontend shop
    bind :80
    use_backend canary if { rand(100) lt 10 }
    default_backend web
frontend inside
    bind :81
    use_backend web if { path_beg /web }
    default_backend canary
frontend one
    bind :82
    default_backend web
backend web
    server app1 10.0.0.1:80
backend canary
    server new1 10.0.0.2:80
"""


def row(route: str | None, pool: str | None, share: float | None, why: str = "", mirrored: bool = False) -> RouteShare:
    return RouteShare("in", route, pool, share, why, "envoy", "envoy.yaml", 7, mirrored)


def test_divided_routes_stand_before_the_pools_and_what_is_not_told_is_said() -> None:
    made = forecast([lower([parse(CONFIGURATION, "haproxy.cfg")])], Needs())
    assert forecast_text.text(made).split("\n\n")[0].splitlines() == [
        "routes",
        "  shop: 10 % → canary, 90 % → web  haproxy.cfg:8",
        "  inside: how much of it goes to web, canary is not told by the file  haproxy.cfg:12",
    ]
    told = forecast_json.as_dict(made)
    validate(told, json.loads(schema("predict")))
    assert [(each["listener"], each["route"], each["pool"], each["share"], each["line"]) for each in told["routes"]] == [
        ("shop", None, "canary", 0.1, 8),
        ("shop", None, "web", 0.9, 9),
        ("inside", "if { path_beg /web }", "web", None, 12),
        ("inside", "else", "canary", None, 13),
        ("one", None, "web", 1.0, 16),
    ]


def test_nothing_is_said_where_every_listener_has_one_pool() -> None:
    assert route_lines([row(None, "web", 1.0)]) == []
    assert route_lines([row("* prefix /a", "web", None), row("* prefix /b", "web", None)]) == []


def test_copies_requests_without_a_pool_and_runtime_keys_are_told() -> None:
    rows = [row(None, "a", 0.25, "drawn; the runtime may change it (`k`)"), row(None, None, 0.75), row(None, "copy", 0.05, mirrored=True)]
    assert route_lines(rows)[1] == "  in: 25 % → a, 75 % → no pool, 5 % copied to copy (the runtime may change it (`k`))  envoy.yaml:7"


def test_many_routes_are_counted() -> None:
    lines = route_lines([each for i in range(40) for each in (row(f"* prefix /{i}", "a", 0.5), row(f"* prefix /{i}", "b", 0.5))])
    assert len(lines) == 14
    assert lines[-1] == "  and 28 more (all of them with --format json)"
