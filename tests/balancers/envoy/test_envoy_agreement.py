"""Every configuration that the real Envoy accepts is read without a word, and none that it refuses is called clean."""

import subprocess
import sys
from pathlib import Path

from envoy_validate import accepts, refusals

from poise.lab.binaries import Envoy, find_envoy

CORPUS = Path(__file__).parent / "corpus"
HEAD = "static_resources: {clusters: [{name: a, connect_timeout: 1s, "

BOOLEANS = ("true", "false", "yes", '"true"', "1", "0", "null", "~", '"1"', '"t"', '"Yes"', '"tru"', '" true"', '""', "[]", "{}")
WHOLE = (
    "10", '"10"', '"1e1"', '"1.0"', "1.0", "1.5", "-1", '" 10"', '"10 "', '"0x10"', "0x10", "010", "4294967295", "4294967296", '""', "null",
    "true", "1e1", "+5", '"+5"', '"08"', "08", "1_000", "{value: 3}", "{value: -3}", "{seconds: 3}",
    "[3]", '"-0"', "3.", ".5e1", '"nan"', '"0x1p4"',
)  # fmt: skip
CHOICES = (
    "STATIC",
    "static",
    "Static",
    "strict-dns",
    "0",
    '"0"',
    "1",
    '" 1"',
    "99",
    "null",
    '""',
    "true",
    "FOO",
    "-1",
    "1.0",
    "2147483648",
)
DURATIONS = (
    "1s", "1.5s", "-1s", "1", "1ms", "1.123456789s", "1.1234567890s", '"1 s"', ".5s", "5.s", "1e3s", "1S", "+1s", "01s", "315576000001s",
    "9999999999s", "null", '""', "{seconds: 1}", "{seconds: -1}", "{nanos: 5}", "1m", "0s", '"-0.5s"', "s",
)  # fmt: skip
PERCENTAGES = ("1", "1.5", '"1.5"', '"abc"', ".5", '"NaN"', '"Infinity"', "-1", "1e400", '""', '" 1"', "true", "101", "100")
TEXTS = (
    "a",
    "12",
    '"12"',
    "0x12",
    "1.5",
    "12345678901",
    "yes",
    "~",
    "!!str 12",
    '!!str "12"',
    "! 12",
    "[a]",
    "{}",
    "2026-01-31",
    ".inf",
    '""',
)
LISTS = ("a", "[a]", "[a, [b, [c]]]", "null", "[null]", "[1]", "{}", "[]", '"1"')

VALUES = [
    *(HEAD + f"use_tcp_for_dns_lookups: {value}" + "}]}" for value in BOOLEANS),
    *(HEAD + f"per_connection_buffer_limit_bytes: {value}" + "}]}" for value in WHOLE),
    *(HEAD + f"type: {value}" + "}]}" for value in CHOICES),
    *(HEAD + f"dns_refresh_rate: {value}" + "}]}" for value in DURATIONS),
    *(HEAD + "common_lb_config: {healthy_panic_threshold: {value: " + value + "}}}]}" for value in PERCENTAGES),
    *("static_resources: {clusters: [{connect_timeout: 1s, name: " + value + "}]}" for value in TEXTS),
    *("node: {id: a, cluster: b, client_features: " + value + "}" for value in LISTS),
    *("node: {id: a, cluster: b, metadata: " + value + "}" for value in LISTS),
]


def test_files() -> None:
    files = sorted(CORPUS.glob("*/*"))
    verdicts = accepts([(file.read_bytes(), file.suffix) for file in files])
    assert len(files) > 400
    assert [file.name for file, verdict in zip(files, verdicts, strict=True) if verdict != (file.parent.name == "accepted")] == []
    read = {file: refusals(file.read_bytes(), file.suffix) for file in files}
    assert [(file.name, said) for file, said in read.items() if bool(said) == (file.parent.name == "accepted")] == []
    assert all(line is not None and reason for said in read.values() for line, reason in said)


def test_values() -> None:
    verdicts = accepts([(text.encode(), ".yaml") for text in VALUES])
    assert {True, False} <= set(verdicts)
    wrong = [(text, verdict, refusals(text)) for text, verdict in zip(VALUES, verdicts, strict=True) if verdict == bool(refusals(text))]
    assert wrong == []


def test_yaml_under_a_name_of_json() -> None:
    """What YAML takes for text, JSON does not: a YAML file is refused when it is named *.json, unless it is JSON as well."""
    texts = [b'{"node": {"id": "a"}}', *(file.read_bytes() for file in sorted(CORPUS.glob("accepted/yaml-*.yaml")))]
    verdicts = accepts([(text, ".json") for text in texts])
    assert {True, False} <= set(verdicts)
    assert [text for text, verdict in zip(texts, verdicts, strict=True) if verdict == bool(refusals(text, ".json"))] == []


def test_the_table_of_fields_is_that_of_the_binary() -> None:
    envoy = find_envoy()
    assert isinstance(envoy, Envoy), envoy
    assert envoy.version.startswith("1.40."), "the table is of another version: make it anew"
    root = Path(__file__).parents[3]
    made = subprocess.run(
        [sys.executable, root / "scripts" / "envoy_vocabulary.py", envoy.path], capture_output=True, check=True, timeout=120
    )
    assert made.stdout == (root / "src" / "poise" / "balancers" / "envoy" / "schema" / "v1_40.txt").read_bytes()
