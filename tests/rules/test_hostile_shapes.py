"""Shapes that only a generator or an enemy writes: each rule that met one does work in proportion to the file."""

from collections.abc import Callable

import pytest
from tests.work import steps

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies as read_envoy
from poise.reading.read_nginx import topologies as read_nginx
from poise.rules import RULES
from poise.rules.engine import judge

COUNT = 150
TCP_PROXY = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
DEFAULTS = "defaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n"
LISTENER = f"""static_resources:
  listeners:
  - name: in
    address: {{socket_address: {{address: 0.0.0.0, port_value: 80}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": {MANAGER}
          stat_prefix: in
"""


def haproxy(text: str) -> Topology:
    return lower([parse(DEFAULTS + text, "haproxy.cfg")])


def acls(count: int) -> Topology:
    lines = [f" acl a{i} hdr(host) h{i}.example.com\n use_backend b{i} if a{i}\n" for i in range(count)]
    pools = [f"backend b{i}\n server s 10.0.0.1:80\n" for i in range(count)]
    return haproxy("".join(["frontend f\n bind :80\n", *lines, *pools]))


def half_tls(count: int) -> Topology:
    lines = [f" server s{i} 10.0.{i // 250}.{i % 250}:80{' ssl verify none' if i % 2 else ''}\n" for i in range(count)]
    return haproxy("".join(["listen web\n bind :80\n", *lines]))


def maps(count: int) -> Topology:
    lines = [f"map $host $v{i} {{ default {i}; }}\nserver {{ listen 80; server_name n{i}; }}\n" for i in range(count)]
    return read_nginx([("nginx.conf", "events {}\nhttp {\n" + "".join(lines) + "}\n")])[0]


def missing(count: int) -> Topology:
    lines = ["static_resources:\n  listeners:\n"]
    for i in range(count):
        lines += [f"  - name: l{i}\n    address: {{socket_address: {{address: 0.0.0.0, port_value: {i + 1}}}}}\n    filter_chains:\n"]
        lines += [f'    - filters: [{{name: t, typed_config: {{"@type": {TCP_PROXY}, stat_prefix: t, cluster: away{i}}}}}]\n']
    lines += ["  clusters:\n", *(f"  - {{name: c{i}}}\n" for i in range(count))]
    return read_envoy([("envoy.yaml", "".join(lines))])[0]


def subsets(count: int) -> Topology:
    lines = [LISTENER, "          route_config:\n            virtual_hosts:\n            - name: all\n              domains: ['*']\n"]
    lines += ["              routes:\n"]
    for i in range(count):
        wish = f"metadata_match: {{filter_metadata: {{envoy.lb: {{v: '{i}'}}}}}}"
        lines += [f"              - {{match: {{path: /{i}}}, route: {{cluster: c, {wish}}}}}\n"]
    lines += ["  clusters:\n  - name: c\n    lb_subset_config: {subset_selectors: [{keys: [v]}]}\n    load_assignment:\n"]
    lines += ["      cluster_name: c\n      endpoints:\n      - lb_endpoints:\n"]
    for i in range(count):
        address = f"endpoint: {{address: {{socket_address: {{address: 10.0.{i // 250}.{i % 250}, port_value: 80}}}}}}"
        lines += [f"        - {{{address}, metadata: {{filter_metadata: {{envoy.lb: {{v: '{i}'}}}}}}}}\n"]
    return read_envoy([("envoy.yaml", "".join(lines))])[0]


def faults(count: int) -> Topology:
    fault = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"
    one = f"          - {{name: f, typed_config: {{'@type': {fault}, abort: {{http_status: 503, percentage: {{numerator: 0}}}}}}}}\n"
    return read_envoy([("envoy.yaml", LISTENER + "          http_filters:\n" + one * count + "  clusters: [{name: c}]\n")])[0]


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("upgrade-cut-by-timeout", acls),
        ("protocol-partial", half_tls),
        ("split-clients-incomplete", maps),
        ("route-to-missing-pool", missing),
        ("subset-without-fallback", subsets),
        ("fault-injection-left", faults),
    ],
)
def test_work_grows_with_size_and_no_faster(rule: str, made: Callable[[int], Topology]) -> None:
    found = RULES.named(rule)
    assert found is not None

    def work(count: int) -> int:
        topology = made(count)
        return steps(lambda: judge([topology], Needs(), [found]))

    work(1)
    small, large = work(COUNT), work(2 * COUNT)
    assert large < 2.1 * small


def checked(expect: str) -> list[str]:
    text = f"listen web\n bind :80\n option httpchk GET /\n http-check expect rstatus {expect}\n server a 10.0.0.1:80 check\n"
    rule = RULES.named("check-accepts-errors")
    assert rule is not None
    return [finding.rule for finding in judge([haproxy(text)], Needs(), [rule]).findings]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", ["((((a?){9999}){9999}){9999})x", "(|)" * 19 + "x", r"(\d?){9999}x", "((((5*)*)*)*)*x"])
def test_a_pattern_that_would_search_for_years_is_not_searched_for(pattern: str) -> None:
    assert checked(pattern) == []


@pytest.mark.parametrize(
    ("pattern", "wrong"), [("^[235]", True), ("^(2|5)[0-9][0-9]$", True), (r"^(2|3)\d{2}$", False), ("^((2|3)..|404)$", False)]
)
def test_patterns_that_people_write_are_judged(pattern: str, wrong: bool) -> None:
    assert checked(pattern) == (["check-accepts-errors"] if wrong else [])


def test_the_same_lot_twice_is_no_rule_that_is_never_used() -> None:
    # Each draws anew: a half, a quarter, a quarter.
    text = "frontend f\n bind :80\n use_backend a if {{ {0} }}\n use_backend b if {{ {0} }}\n default_backend c\n"
    pools = "".join(f"backend {name}\n server s 10.0.0.1:80\n" for name in "abc")
    rule = RULES.named("unreachable-rule")
    assert rule is not None
    assert judge([haproxy(text.format("rand(2) eq 0") + pools)], Needs(), [rule]).findings == ()
    assert len(judge([haproxy(text.format("path_beg /x") + pools)], Needs(), [rule]).findings) == 1


def test_a_socket_of_level_operator_is_not_said_to_set_weights() -> None:
    # HAProxy 2.6 answers `set weight` and `disable server` there with "Permission denied", and shows sessions.
    rule = RULES.named("control-socket-open")
    assert rule is not None
    for level, severity in (("admin", "error"), ("operator", "warning")):
        topology = lower([parse(f"global\n stats socket ipv4@0.0.0.0:9999 level {level}\n", "haproxy.cfg")])
        (found,) = judge([topology], Needs(), [rule]).findings
        assert (found.severity, "weights" in found.why) == (severity, level == "admin")


@pytest.mark.parametrize("key", ["req.hdr(x)" + ",lower" * 150_000 + "y", "req.hdr(" + "x" * 1_000_000, "req.hdr(x)" + ",hex(" * 200_000])
def test_expressions_without_end_are_read_once(key: str) -> None:
    # What begins anew at each converter, or at each letter, would take hours here.
    rules = f" http-request set-src {key}\n use_backend web if {{ {key} a }}\n default_backend web\n"
    servers = " server a 10.0.0.1:80\n server b 10.0.0.2:80\n"
    topology = haproxy(f"frontend f\n bind :80\n{rules}backend web\n balance hash {key}\n{servers}")
    judge([topology], Needs(), list(RULES))
    assert topology.pools[0].name == "web"
