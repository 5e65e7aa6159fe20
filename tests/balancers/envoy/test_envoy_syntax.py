"""The syntax alone: places, losslessness, values as Envoy's reader makes them, and bounds."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poise.balancers.envoy.document import Array, Document, Node, Object, Scalar, walk
from poise.balancers.envoy.schema import check
from poise.balancers.envoy.syntax import parse, recognise, unparse
from poise.reading.products import product_of

CORPUS = Path(__file__).parent / "corpus"


def plain(node: Node | None) -> object:
    """The tree as Python's own values, scalars as (kind, value); the last of doubled keys."""
    if isinstance(node, Object):
        return {member.key: plain(member.value) for member in node.members}
    if isinstance(node, Array):
        return [plain(item) for item in node.items]
    return None if node is None or node.kind == "null" else (node.kind, node.value)


def scalars(document: Document) -> list[Scalar]:
    assert document.root is not None, document.could_not
    return [node for node in walk(document.root) if isinstance(node, Scalar)]


def written(document: Document, node: Scalar) -> str:
    place = document.places.location(node.start, node.end)
    return document.text.encode("utf-8", "surrogateescape")[place.start : place.end].decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("folder", ["accepted", "refused"])
def test_every_file_comes_back_byte_for_byte(folder: str) -> None:
    for file in CORPUS.glob(f"{folder}/*"):
        data = file.read_bytes()
        document = parse(data.decode("utf-8", "surrogateescape"), file.name)
        assert unparse(document).encode("utf-8", "surrogateescape") == data


def test_places_count_bytes_lines_and_characters() -> None:
    text = "node:\n  cluster: ü  # größer\n  id: 'é, ß'\n  metadata: {ä: [1, \"x\", |]}\n".replace(", |", "")
    document = parse(text, "e.yaml")
    values = scalars(document)
    assert [written(document, node) for node in values] == ["ü", "'é, ß'", "1", '"x"']
    place = document.places.location(values[1].start, values[1].end)
    assert (place.line, place.column, place.start) == (3, 7, len("node:\n  cluster: ü  # größer\n  id: ".encode()))


@pytest.mark.parametrize("start", ["\ufeff", "", "# \udcff\n", "# \u2028 x\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_survive_byte_order_marks_broken_bytes_and_line_ends(start: str, end: str) -> None:
    text = start + f"node:{end}  id: \udce9x{end}  cluster: b # \x01{end}"
    document = parse(text, "e.yaml")
    assert [(node.value, written(document, node)) for node in scalars(document)] == [("\udce9x", "\udce9x"), ("b", "b")]
    lines = (start + "node:" + end).count("\n" if "\n" in text else "\r") + 1
    assert document.places.line(scalars(document)[0].start) == lines


def test_anchors_share_their_value_and_its_place() -> None:
    document = parse("a: &x !t {k: &y 'v'}\nb: *x\nc: *y\n*y : d\n", "e.yaml")
    assert plain(document.root) == {"a": {"k": ("string", "v")}, "b": {"k": ("string", "v")}, "c": ("string", "v"), "v": ("string", "d")}
    assert [written(document, node) for node in scalars(document)] == ["'v'", "'v'", "'v'", "d"]


def test_a_key_may_bear_an_anchor_too() -> None:
    document = parse("&k name: {a: 1}\nb: *k\n*k : 2\n", "e.yaml")
    assert plain(document.root) == {"name": ("number", "2"), "b": ("string", "name")}
    assert [written(document, node) for node in scalars(document)] == ["1", "name", "2"]


def test_blocks_end_before_their_line_end() -> None:
    document = parse("a: |\n  x\n  y\n\nb: >-\n  z\n", "e.yaml")
    assert [(node.value, written(document, node)) for node in scalars(document)] == [("x\ny\n", "|\n  x\n  y"), ("z", ">-\n  z")]


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("yes", "bool", "true"), ("Off", "bool", "false"), ("oN", "string", "oN"), ("y", "bool", "true"), ("'yes'", "string", "yes"),
        ("12", "number", "12"), ("010", "number", "8"), ("0x1F", "number", "31"), ("-0x10", "number", "-16"), ("08", "string", "08"),
        ("2147483648", "string", "2147483648"), ("0x100000000", "string", "4294967296"), ("1.5", "string", "1.5"), ("1e3", "string", "1e3"),
        ("0.25s", "string", "0.25s"), ("~", "null", ""), ("NULL", "null", ""), ("nULL", "string", "nULL"), ("'~'", "string", "~"),
        ('!!str "12"', "number", "12"), ("! 12", "string", "12"), ("99999999999999999999", "string", "99999999999999999999"),
    ],
)  # fmt: skip
def test_scalars_as_envoys_reader_resolves_them(written: str, kind: str, value: str) -> None:
    document = parse(f"k: {written}\n", "e.yaml")
    assert [(node.kind, node.value) for node in scalars(document)] == [(kind, value)]


def test_only_the_first_document_counts() -> None:
    assert plain(parse("a: 1\n---\nb: [\n", "e.yaml").root) == {"a": ("number", "1")}


def test_ignored_and_merge_keys() -> None:
    document = parse("!ignore x: &a {k: 1}\nb: {<<: *a}\n", "e.yaml")
    assert plain(document.root) == {"b": {"<<": {"k": ("number", "1")}}}


# PyYAML writes `y` and `n` without quotes; Envoy's reader takes them for true and false.
TEXT = st.text(max_size=12).filter(lambda text: text.lower() not in ("y", "n"))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def expected(value: object) -> object:
    if isinstance(value, dict):
        return {key: expected(each) for key, each in value.items()}
    if isinstance(value, list):
        return [expected(each) for each in value]
    if isinstance(value, bool):
        return ("bool", "true" if value else "false")
    if isinstance(value, int):
        return ("number", str(value))
    return None if value is None else ("string", value)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=8), TREES, max_size=4), st.booleans())
def test_json_comes_back(tree: dict[str, object], ascii_only: bool) -> None:
    text = json.dumps(tree, ensure_ascii=ascii_only, indent="\t" if ascii_only else None)
    document = parse(text, "e.json")
    assert document.could_not == ()
    assert plain(document.root) == expected(tree)
    assert unparse(document) == text


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=8), TREES, max_size=4), st.sampled_from([None, False, True]))
def test_yaml_comes_back(tree: dict[str, object], flow: bool | None) -> None:
    # Envoy reads these as booleans, and the library that writes them here does not quote them.
    assume(not re.search(r'"[yYnN]"', json.dumps(tree)))
    # The reader borrows one of the two private planes for what libyaml refuses: who writes in both, and such signs, gets others back.
    written = json.dumps(tree, ensure_ascii=False)
    assume(not (re.search("[\U000f0000-\U000fffff]", written) and re.search("[\U00100000-\U0010ffff]", written)))
    text = yaml.dump(tree, Dumper=yaml.SafeDumper, default_flow_style=flow)
    document = parse(text, "e.yaml")
    assert document.could_not == ()
    assert unparse(document) == text
    assert plain(document.root) == expected(tree)


@settings(max_examples=500, deadline=None)
@given(
    st.text(alphabet=st.characters() | st.sampled_from("{}[]:,-#&*!|>'\"%@`\t\n ~?"), max_size=80),
    st.sampled_from([".yaml", ".json", ".txt"]),
)
def test_any_text_is_read_or_refused_with_a_line(text: str, ending: str) -> None:
    document = parse(text, f"e{ending}")
    assert unparse(document) == text
    assert (document.root is None) == bool(document.could_not)
    assert all(each.line is not None and each.line >= 1 for each in document.could_not)
    recognise(text)


def test_one_token_edits_change_that_token_alone() -> None:
    """Every value of every file, in blocks, in one line and in JSON, replaced through its span: exactly that one changes."""
    edits = {"block": 0, "line": 0, ".json": 0}
    # What an alias repeats has one place for several values.
    for file in (file for file in sorted(CORPUS.glob("accepted/*")) if b"*" not in file.read_bytes()):
        data = file.read_bytes()
        before = parse(data.decode("utf-8", "surrogateescape"), file.name)
        values = [node for node in scalars(before) if node.end > node.start]
        for index, value in enumerate(values):
            place = before.places.location(value.start, value.end)
            changed = data[: place.start] + b'"poise 7"' + data[place.end :]
            after = [node for node in scalars(parse(changed.decode("utf-8", "surrogateescape"), file.name)) if node.end > node.start]
            wanted = [node.value for node in values]
            wanted[index] = "poise 7"
            assert [node.value for node in after] == wanted, file.name
            edits[".json" if file.suffix == ".json" else "block" if b"\n" in data[:-1] else "line"] += 1
    assert min(edits.values()) > 10, edits


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("static_resources:\n  clusters:\n  - name: {{ .Values.name }}\n", "Helm"),
        ("static_resources:\n  clusters:\n  {% for c in clusters %}\n  - name: {{ c }}\n  {% endfor %}\n", "Jinja2"),
        ("admin:\n  address: {socket_address: {address: 0.0.0.0, port_value: ${ADMIN_PORT}}}\n", "envsubst"),
        ("<% clusters.each do |c| %>\n- name: <%= c %>\n<% end %>\n", "ERB"),
    ],
)
def test_a_template_has_one_reason(text: str, language: str) -> None:
    from poise.balancers.envoy.lower import lower

    found = lower([parse(text, "envoy.yaml")])
    assert len(found.could_not) == 1
    assert language in found.could_not[0].reason
    assert found.pools == ()


def test_signs_of_templates_within_a_good_file_are_text() -> None:
    document = parse("node: {id: 'a{{ b }}', cluster: '${NAME}'}\n", "envoy.yaml")
    assert document.could_not == ()


def test_a_config_map_says_how_to_take_the_configuration_out() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  envoy.yaml: |\n    static_resources:\n      clusters: []\n"
    document = parse(text, "cm.yaml")
    assert recognise(text)
    assert [(each.line, "kubectl" in each.reason) for each in document.could_not] == [(2, True)]


def test_a_config_map_of_a_chart_is_rendered_first() -> None:
    text = 'kind: ConfigMap\nmetadata: {name: {{ template "x" . }}}\ndata:\n  envoy.yaml: |\n    static_resources:\n      clusters: []\n'
    document = parse(text, "cm.yaml")
    assert [(each.line, "helm template" in each.reason, "kubectl" in each.reason) for each in document.could_not] == [(2, True, False)]


def test_a_resource_of_the_old_api_is_envoys() -> None:
    text = "resources:\n- '@type': type.googleapis.com/envoy.api.v2.Cluster\n  name: web\n"
    assert recognise(text)
    assert ["API v2" in each.reason for each in check(parse(text, "cds.yaml"))] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "static_resources:\n  clusters: []\n", '{\n  "static_resources": {}\n}', "{static_resources: {}}", "staticResources: {}\n",
        "# x\nadmin: {}\ndynamic_resources:\n  cds_config: {}\n",
        "resources:\n- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n",
        '{"resources": [{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"}]}',
        "'@type': type.googleapis.com/envoy.config.listener.v3.Listener\nname: a\n", "layered_runtime:\n  layers: []\n",
    ],
)  # fmt: skip
def test_recognised(text: str) -> None:
    assert recognise(text)


@pytest.mark.parametrize("head", ["", "# a comment, with: a word\n", "---\n", "\ufeff", "\n"])
@pytest.mark.parametrize(
    "text",
    [
        "{admin: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}, static_resources: {clusters: []}}\n",
        "{node: {id: a},\n dynamicResources: {}}",
        "{'node': {'id': a}, 'layered_runtime': {}}",
        "{\n  static_resources: {}\n}\n",
    ],
)
def test_a_bootstrap_in_brackets_is_recognised(text: str, head: str) -> None:
    """Envoy 1.40 accepts each of them as YAML."""
    assert recognise(head + text) and product_of(head + text) == "envoy"
    assert parse(head + text, "e.yaml").could_not == ()


def test_prose_about_a_bootstrap_is_none() -> None:
    assert not recognise("What it needs, static_resources: the clusters, is told below.\n")


@pytest.mark.parametrize(
    "text",
    [
        "", "services:\n  envoy:\n    image: envoyproxy/envoy\n    command: envoy -c /etc/envoy.yaml\n",
        "apiVersion: networking.istio.io/v1\nkind: EnvoyFilter\nx: {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster}\n",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  nginx.conf: |\n    http { upstream a { server b; } }\n",
        "http {\n  upstream a { server 1.1.1.1; }\n}\n", "frontend f\n  bind :80\n", "# static_resources: {}\nglobal\n",
        "scrape_configs:\n- job_name: envoy\n  static_configs: []\n", "resources:\n  limits: {cpu: 1}\n",
    ],
)  # fmt: skip
def test_not_claimed(text: str) -> None:
    assert not recognise(text)
