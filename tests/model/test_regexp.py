"""A regular expression that waits to be compiled is one all the same."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import poise
from poise.model.regexp import regexp

ROOT = Path(poise.__file__).parent


def test_it_answers_as_what_re_compiles() -> None:
    waiting, compiled = regexp(r"(?P<name>[a-c]+)=(\d+)", re.IGNORECASE), re.compile(r"(?P<name>[a-c]+)=(\d+)", re.IGNORECASE)
    text = "x AB=12 c=3"
    assert waiting.search(text).groups() == compiled.search(text).groups() == ("AB", "12")  # type: ignore[union-attr]
    assert waiting.match(text) is waiting.fullmatch(text) is None
    assert waiting.sub("-", text) == compiled.sub("-", text) == "x - -"
    assert [found.span() for found in waiting.finditer(text, 3)] == [found.span() for found in compiled.finditer(text, 3)]
    assert waiting.findall(text) == compiled.findall(text) and waiting.split(text) == compiled.split(text)
    assert (waiting.pattern, waiting.flags, waiting.groupindex) == (compiled.pattern, compiled.flags, compiled.groupindex)


def test_it_waits_and_then_says_what_is_wrong() -> None:
    broken = regexp("(")
    with pytest.raises(re.error):
        broken.search("")


def test_all_of_ours_can_be_compiled() -> None:
    using = [path for path in ROOT.rglob("*.py") if "import regexp\n" in path.read_text()]
    waiting = []
    for path in using:
        module = import_module("poise." + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        waiting += [value for value in vars(module).values() if isinstance(value, regexp)]  # type: ignore[arg-type]
    assert len(waiting) > 50
    assert all(isinstance(each.pattern, str) for each in waiting)
