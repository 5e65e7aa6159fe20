"""Which part of the requests each cluster gets, where no Envoy needs to be asked."""

import time

import pytest
from lowered_envoy import GOOGLE, MANAGER, read

from poise.balancers.envoy.draw import Drawing, Fraction, drawn
from poise.balancers.envoy.route_shares import route_shares
from poise.model.forecast import RouteShare

ROUTER = f'{{name: r, typed_config: {{"@type": {GOOGLE}/envoy.extensions.filters.http.router.v3.Router}}}}'
SPLIT = "weighted_clusters: {clusters: [{name: a, weight: 3}, {name: b, weight: 1}]"


def rows(routes: str, more: str = "") -> list[RouteShare]:
    topology = read(
        f"""static_resources:
  listeners:
  - name: in
    address: {{socket_address: {{address: 127.0.0.1, port_value: 80}}}}
    filter_chains:
    - filters:
      - name: h
        typed_config:
          "@type": {GOOGLE}/{MANAGER}
          stat_prefix: w
          http_filters: [{ROUTER}]
          route_config: {{virtual_hosts: [{{name: v, domains: ["*"], routes: [{routes}]}}]}}
  clusters: [{{name: a}}, {{name: b}}, {{name: c}}]
{more}"""
    )
    return list(route_shares(topology))


def told(found: list[RouteShare]) -> list[tuple[str | None, str | None, float | None]]:
    return [(row.route, row.pool, row.share) for row in found]


def test_one_cluster_for_all_gets_all() -> None:
    assert told(rows("{match: {prefix: /}, route: {cluster: a}}")) == [(None, "a", 1.0)]


def test_what_comes_to_a_path_is_not_told_but_its_split_is() -> None:
    found = rows(f"{{match: {{prefix: /api}}, route: {{{SPLIT}}}}}}}, {{match: {{prefix: /}}, route: {{cluster: c}}}}")
    assert told(found) == [("* prefix /api", "a", 0.75), ("* prefix /api", "b", 0.25), ("* prefix /", "c", None)]
    assert "not in the file" in found[2].why


def test_a_fraction_above_draws_from_every_path_below() -> None:
    fraction = "runtime_fraction: {default_value: {numerator: 10}, runtime_key: canary}"
    found = rows(
        f"{{match: {{prefix: /, {fraction}}}, route: {{cluster: c}}}}, {{match: {{prefix: /api}}, route: {{cluster: a}}}},"
        " {match: {prefix: /}, route: {cluster: b}}"
    )
    assert told(found) == [
        ("* prefix /", "c", 0.1),
        ("* prefix /", "b", 0.9),
        ("* prefix /api", "c", 0.1),
        ("* prefix /api", "a", 0.9),
    ]
    assert "the runtime may change it (`canary`)" in found[0].why


def test_a_static_layer_that_sets_the_key_outranks_the_file() -> None:
    layer = "layered_runtime: {layers: [{name: s, static_layer: {routing.a: 5}}]}\n"
    prefixed = SPLIT.replace("clusters: {", "clusters: {runtime_key_prefix: routing, ")
    assert told(rows(f"{{match: {{prefix: /}}, route: {{{prefixed}}}}}}}", layer)) == [(None, "a", None), (None, "b", None)]
    assert told(rows(f"{{match: {{prefix: /}}, route: {{{prefixed}}}}}}}")) == [(None, "a", 0.75), (None, "b", 0.25)]


def test_a_header_that_chooses_is_not_in_the_file() -> None:
    chosen = SPLIT.replace("clusters: {", "clusters: {header_name: x-part, ")
    found = rows(f"{{match: {{prefix: /}}, route: {{{chosen}}}}}}}")
    assert [row.share for row in found] == [None, None]
    assert "`x-part`" in found[0].why


def test_routes_that_read_alike_may_ask_for_different_values() -> None:
    header = "headers: [{{name: x, string_match: {{exact: {0}}}}}]"
    fraction = "runtime_fraction: {default_value: {numerator: 10}}"
    first, second = header.format("one"), header.format("two")
    found = rows(
        f"{{match: {{prefix: /, {first}, {fraction}}}, route: {{cluster: a}}}}, {{match: {{prefix: /, {second}}}, route: {{cluster: b}}}}"
    )
    assert [row.share for row in found] == [None, None]
    split = rows(f"{{match: {{prefix: /, {first}}}, route: {{{SPLIT}}}}}}}, {{match: {{prefix: /, {second}}}, route: {{{SPLIT}}}}}}}")
    assert [row.share for row in split] == [0.75, 0.25, 0.75, 0.25]


def test_copies_are_told_apart_from_requests() -> None:
    policy = "request_mirror_policies: [{cluster: c, runtime_fraction: {default_value: {numerator: 5}}}]"
    found = rows(f"{{match: {{prefix: /}}, route: {{cluster: a, {policy}}}}}")
    assert [(row.pool, row.share, row.mirrored) for row in found] == [("a", 1.0, False), ("c", 0.05, True)]


def test_all_numbers_are_counted_and_no_more_than_that() -> None:
    assert drawn([Drawing(Fraction(1, 3), (1,)), Drawing(Fraction(1, 2), (1,)), Drawing(None, (1, 1))]) is not None
    made = drawn([Drawing(Fraction(1, 3), (1,)), Drawing(None, (2, 3))])
    assert made is not None
    assert made.clusters == (pytest.approx((1 / 3,)), pytest.approx((2 / 3 * 2 / 5, 2 / 3 * 3 / 5)))
    assert drawn([Drawing(None, (0, 0))]) is None
    assert drawn([Drawing(Fraction(1, 1_000_000), (1,)), Drawing(None, (999_983, 1))]) is None


def test_what_many_routes_cost_grows_with_their_number() -> None:
    routes = ", ".join(f"{{match: {{prefix: /p{i}/}}, route: {{cluster: a}}}}" for i in range(3000))
    fraction = "runtime_fraction: {default_value: {numerator: 10}}"
    began = time.process_time()
    found = rows(f"{{match: {{prefix: /, {fraction}}}, route: {{cluster: c}}}}, {routes}, {{match: {{prefix: /}}, route: {{cluster: b}}}}")
    assert len(found) == 2 * 3001
    assert {row.share for row in found} == {0.1, 0.9}
    # A second here; the square of the number would be half a minute.
    assert time.process_time() - began < 10
