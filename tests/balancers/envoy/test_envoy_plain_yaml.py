"""The reader that goes line by line takes what it takes as libyaml's events are taken, and leaves the rest to them."""

from pathlib import Path
from random import Random

import pytest
from benchmarks.files import envoy
from tests.audit.examination import HERE
from tests.balancers.envoy.plain_yaml import differs, text
from tests.fuzz.generated import generated

from poise.balancers.envoy.syntax.plain_yaml import read_plain
from poise.balancers.envoy.syntax.yaml_text import read_with_care

ODD = [
    *("a: &x 1\n", "a: *x\n", "a: !t 1\n", "a: |\n  x\n", 'a: "\\n"\n', "a: b\n  c\n", "a:\tb\n", "a:\n", "%YAML 1.1\n---\na: b\n"),
    *("? a\n", "", "a: [b\n", "a: b\n---\nc: d\n", "a: é\n"),
]
CORPUS = Path(__file__).with_name("corpus")


def test_texts_that_are_nearly_plain() -> None:
    made = [text(Random(number)) for number in range(4000)]
    assert [each for each in made if differs(each)] == []
    assert sum(read_plain(each) is not None for each in made) > 500


@pytest.mark.long
def test_many_more() -> None:
    assert [number for number in range(4000, 400_000) if differs(text(Random(number)))] == []


def test_files_that_somebody_wrote() -> None:
    names = [path for folder in (HERE / "good" / "envoy", HERE / "cases" / "envoy", CORPUS) for path in folder.rglob("*.yaml")]
    made = [path.read_text(errors="surrogateescape") for path in names]
    made += [generated("envoy", Random(f"plain-{number}")).decode("utf-8", "surrogateescape") for number in range(300)]
    assert [each for each in made if differs(each)] == []


def test_what_bootstraps_are_made_of_is_read_so() -> None:
    bootstrap = envoy(3)
    assert read_plain(bootstrap) == read_with_care(bootstrap)[0] is not None
    for odd in ODD:
        assert read_plain(odd) is None, odd


@pytest.mark.parametrize("key", ["~", "null", "Null", "NULL"])
def test_a_key_that_is_nothing_is_called_null(key: str) -> None:
    """Checked with Envoy 1.40, which names it so: `no such field: 'null'`."""
    for written in (f"{key}: 1\n", f"{{{key}: 1}}\n"):
        tree, problems = read_with_care(written)
        assert not problems and tree is not None and tree.members[0].key == "null"  # type: ignore[union-attr]
        assert not differs(written)
