"""Large and hostile texts: bounded memory, and work that grows no faster than the text. Work is counted in function calls, not seconds."""

import sys
import tracemalloc
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse, problem, recognise
from poise.model.topology import Topology

CLUSTER = """\
  - name: c{n}
    connect_timeout: 1s
    lb_policy: LEAST_REQUEST
    health_checks:
    - {{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {{path: /healthz}}}}
    load_assignment:
      cluster_name: c{n}
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 10.0.0.1, port_value: 80}}}}}}
        - endpoint: {{address: {{socket_address: {{address: 10.0.0.2, port_value: 80}}}}}}
          load_balancing_weight: 3
"""


def read(text: str, name: str = "envoy.yaml") -> Topology:
    topology = lower([parse(text, name)])
    for pool in topology.pools:
        assert pool.options.keys() <= pool.places.keys()
    return topology


def clusters(count: int) -> str:
    return "static_resources:\n  clusters:\n" + "".join(CLUSTER.format(n=number) for number in range(count))


def calls(text: str, name: str = "envoy.yaml") -> int:
    """How many Python and C functions reading this text calls."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    read(text[:0] + "node: {}\n")
    sys.setprofile(note)
    try:
        read(text, name)
    finally:
        sys.setprofile(None)
    return count


def test_a_thousand_clusters() -> None:
    topology = read(clusters(1000))
    assert len(topology.pools) == 1000
    assert [(server.name, server.weight) for server in topology.pools[999].servers] == [("10.0.0.1:80", 1), ("10.0.0.2:80", 3)]
    assert topology.could_not == ()


@pytest.mark.parametrize(
    "text",
    [
        clusters,
        lambda n: "{static_resources: {clusters: [" + ", ".join(f"{{name: é{k}, connect_timeout: 1s}}" for k in range(n)) + "]}}",
        lambda n: "static_resources:\n" + "".join(f"  k{k}: 1\n" for k in range(n)),
        lambda n: "a: &a0 [x]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}]\n" for k in range(1, n)),
        lambda n: "node: {metadata: {" + "a: 1, " * n + "}}",
        lambda n: "node: {metadata: {a: [" + "[]," * n + "]}}",
        lambda n: "static_resources: {listeners: [{name: x}, " + "{}, " * n + "]}",
    ],
    ids=["clusters", "one line", "unknown fields", "chained anchors", "one key again and again", "empty lists", "broken listeners"],
)
def test_twice_the_text_is_at_most_twice_the_work(text: object) -> None:
    assert callable(text)
    small, large = calls(text(400)), calls(text(800))
    assert large <= 2.2 * small


@pytest.mark.parametrize("open", ["[", "{a: ", "- ", '{"a":', "? "])
@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_ten_thousand_levels(open: str, ending: str) -> None:
    document = parse(open * 10_000, f"e{ending}")
    assert document.root is None
    assert len(document.could_not) == 1


def test_nested_blocks_and_aliases_that_nest() -> None:
    assert "nested" in parse("".join(" " * depth + "a:\n" for depth in range(3000)), "e.yaml").could_not[0].reason
    chained = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300))
    assert "nested" in parse(chained, "e.yaml").could_not[0].reason


def test_a_bomb_of_aliases() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert "aliases" in parse(bomb, "e.yaml").could_not[0].reason
    assert "without end" in parse("a: &a [*a]\n", "e.yaml").could_not[0].reason


@pytest.mark.parametrize(("many", "ending"), [("1,", ".yaml"), ("{a},", ".yaml"), ("{},", ".json"), ("{a:1},", ".json")])
def test_a_crowd_of_values_is_not_read_on(many: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"node": {"metadata": {"a": [' + many * 20_000 + "]}}}"
    assert parse(text, f"e{ending}").could_not == ()
    monkeypatch.setattr(problem, "_CHARACTERS_FOR_EACH", 40)
    usual, limit = problem._MOST_VALUES, 5000
    monkeypatch.setattr(problem, "_MOST_VALUES", limit)
    tracemalloc.start()
    document = parse(text, f"e{ending}")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more values" in document.could_not[0].reason
    # 10 MB of such values, as far as they are read, beside the text itself.
    assert most / limit * usual < 450 * 1024 * 1024


def test_ten_megabytes_on_one_line() -> None:
    text = "node: {id: " + "x" * 10_000_000 + "}"
    assert recognise(text) is False
    topology = read(text)
    assert topology.could_not == ()
    assert len(topology.options["node.id"]) == 10_000_000


def test_many_problems_are_not_all_listed() -> None:
    assert len(read("static_resources:\n" + "".join(f"  k{n}: 1\n" for n in range(5000))).could_not) == 1000


KEYS = st.sampled_from(
    [
        "static_resources", "clusters", "listeners", "name", "load_assignment", "endpoints",
        "lb_endpoints", "endpoint", "address", "socket_address", "port_value", "health_checks",
        "type", "eds_cluster_config", "eds_config", "path", "typed_config", "@type",
        "filter_chains", "filters", "admin", "route_config", "virtual_hosts", "routes",
        "route", "match", "cluster", "weighted_clusters", "transport_socket", "resources",
        "configs", "lb_policy", "load_balancing_policy", "policies", "locality", "priority",
        "rds", "load_balancing_weight", "domains", "config_source",
    ]
)  # fmt: skip
WORDS = ["type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "EDS", "1s", "/"]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, ODD, max_size=4))
@example({"static_resources": {"clusters": {}}})
def test_any_shape_is_lowered_without_a_raise(tree: dict[str, object]) -> None:
    import json

    topology = read(json.dumps(tree), "e.json")
    for listener in topology.listeners:
        assert listener.options.keys() <= listener.places.keys()
        assert all(route.options.keys() <= route.places.keys() for route in listener.routes)
