"""Items that are written like one before them are read, refused and lowered as if each were read word by word."""

from random import Random

import pytest
from tests.balancers.envoy.plain_yaml import alike

from poise.balancers.envoy.document import Array, Node, Object
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.schema import check
from poise.balancers.envoy.syntax import parse, plain_yaml
from poise.balancers.envoy.syntax.alike import Alike
from poise.balancers.envoy.syntax.plain_yaml import read_plain
from poise.balancers.envoy.syntax.yaml_text import read_with_care
from poise.model.topology import Topology

HEAD = """\
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
"""
BLOCK = """\
        - endpoint:
            address:
              socket_address:
                address: {host}
                port_value: {port}
            hostname: web
          load_balancing_weight: {weight}
"""
FLOW = """\
        - load_balancing_weight: {weight}
          endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}}}
"""
# What a word may be, and nothing that would need other lines.
HOSTS = ("10.0.0.1", "'10.0.0.2'", '"10.0.0.3"', "10.0.0.3'", "host", "null", "~", "yes", "12", "''", "10.0.0.256", "a:b")
PORTS = ("80", "'80'", "0x50", "010", "65536", "-1", "null", "1.5", "yes", "http", "99999999999", "''")
WEIGHTS = ("1", "'2'", "0", "-3", "null", "4294967296", "1.0", "yes", "128")


def test_texts_with_items_alike_are_read_as_libyaml_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_yaml, "_BEFORE_A_SHAPE", (1, 2, 4))
    made = [alike(Random(number)) for number in range(400)]
    trees = [(each, read_plain(each)) for each in made]
    for text, tree in trees:
        assert tree is None or (tree, []) == read_with_care(text), text
    assert sum(_alike(tree) for _, tree in trees) > 250


def _alike(node: Node | None) -> int:
    if isinstance(node, Object):
        return isinstance(node, Alike) + sum(_alike(member.value) for member in node.members)
    return sum(_alike(each) for each in node.items) if isinstance(node, Array) else 0


@pytest.mark.parametrize("item", [BLOCK, FLOW])
@pytest.mark.parametrize("kind", ["STATIC", "STRICT_DNS"])
def test_words_are_refused_and_lowered_as_they_are_alone(monkeypatch: pytest.MonkeyPatch, item: str, kind: str) -> None:
    good = item.format(host="10.0.0.9", port=80, weight=1)
    odd = [item.format(host=host, port=80, weight=1) for host in HOSTS] + [
        item.format(host="10.0.0.8", port=each, weight=1) for each in PORTS
    ]
    odd += [item.format(host="10.0.0.7", port=80, weight=each) for each in WEIGHTS]
    # Each alone between good ones, where Envoy's words about it cannot hide behind others, and all of them together.
    seen, plain = 0, [each for each in odd if read_plain(HEAD + each) is not None]
    for tried in [*([each] for each in odd), plain]:
        text = HEAD.replace("web\n", f"web\n    type: {kind}\n", 1) + good * 5 + "".join(each + good for each in tried)
        monkeypatch.setattr(plain_yaml, "_BEFORE_A_SHAPE", (2, 4, 6))
        quick = parse(text, "a.yaml")
        seen += _alike(quick.root)
        with monkeypatch.context() as patched:
            patched.setattr(plain_yaml, "_BEFORE_A_SHAPE", ())
            slow = parse(text, "a.yaml")
        assert _alike(slow.root) == 0
        assert check(quick) == check(slow)
        assert _told(lower([quick])) == _told(lower([slow]))
    assert seen > 3 * len(plain) > 60


def _told(topology: Topology) -> str:
    servers = [
        (server, server.spots.address, server.spots.weight, dict(server.options), dict(server.places))
        for pool in topology.pools
        for server in pool.servers
    ]
    return repr((servers, topology.could_not, [pool.localities for pool in topology.pools]))


def test_of_a_shape_with_a_null_nothing_is_taken_for_granted() -> None:
    """Envoy takes an endpoint or its name, not both: `null` is neither."""
    item = "        - endpoint: {{address: {{socket_address: {{address: 10.0.0.1, port_value: 80}}}}}}\n          endpoint_name: {}\n"
    refused = parse(HEAD + item.format("null") * 40 + item.format("web"), "a.yaml")
    assert [(each.line, "excludes" in each.reason) for each in check(refused)] == [(HEAD.count("\n") + 82, True)]
    # Nor of one with a null that passed between others, which it is no like of.
    refused = parse(HEAD + item.format("web") * 24 + item.format("null") + item.format("web") * 2, "a.yaml")
    assert [each.line - HEAD.count("\n") for each in check(refused)] == [*range(2, 50, 2), 52, 54]


def test_clusters_alike_say_nothing_of_their_endpoints() -> None:
    """Those are the servers': an option of one would be taken for the cluster's own."""
    one = "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}, load_balancing_weight: 3}"
    item = f"  - name: web\n    load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{one}]}}]}}\n"
    pools = lower([parse("static_resources:\n  clusters:\n" + item * 30, "a.yaml")]).pools
    assert {tuple(pool.options) for pool in pools} == {("name", "load_assignment.cluster_name")}
    assert {tuple(pool.places) for pool in pools} == {
        ("name", "load_assignment", "load_assignment.cluster_name", "load_assignment.endpoints")
    }
    assert [pool.servers[0].options["load_balancing_weight"] for pool in pools] == ["3"] * 30


def test_no_expression_is_made_of_items_of_a_thousand_words_nor_of_lists_at_a_hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_yaml, "_BEFORE_A_SHAPE", (1,))
    long, short = (read_plain("x:\n" + ("- {a: [" + ",".join("1" * words) + "]}\n") * 3) for words in (1000, 20))
    assert long is not None and (_alike(long), _alike(short)) == (0, 2)
    wide = read_plain("".join(f"k{column}:\n" + (" " * column + "- a: b\n") * 3 for column in range(1, 100)))
    assert _alike(wide) == 64 * 2


def test_items_alike_count_as_values_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The careful reader refuses a text of too many: whether they are alike makes no difference."""
    text = "x:\n" + "- a: b\n" * 100
    # Six for a line (an item, its object, key and value, and the dash), four for the first.
    for most, read in ((604, True), (603, False), (300, False)):
        monkeypatch.setattr(plain_yaml, "most_values", lambda _, most=most: most)
        assert (read_plain(text) is not None) == read
