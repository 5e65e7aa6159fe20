"""Spans are exact: what is written over one of them changes those bytes alone, and what is printed is read back as it was."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.syntax import parse, unparse

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.conf"))


def every(body: list[Directive]) -> list[Directive]:
    found, waiting = [], list(body)
    while waiting:
        directive = waiting.pop()
        found.append(directive)
        waiting += directive.body or []
    return found


@pytest.mark.parametrize("path", [p for p in CORPUS if not p.name.startswith("refused-")], ids=lambda path: path.stem)
def test_one_word_replaced_changes_only_that_word(path: Path) -> None:
    data = path.read_bytes()
    text = data.decode("utf-8", "surrogateescape")
    before = every(parse(text, "x").parts[0].body)
    for number, directive in enumerate(before):
        for index in range(1, len(directive.args) + 1):
            place = directive.word(index)
            changed = data[: place.start] + b'"other"' + data[place.end :]
            after = every(parse(changed.decode("utf-8", "surrogateescape"), "x").parts[0].body)
            assert [d.name for d in after] == [d.name for d in before]
            for position, (old, new) in enumerate(zip(before, after, strict=True)):
                wanted = list(old.args)
                if position == number:
                    wanted[index - 1] = "other"
                assert list(new.args) == wanted


# A word of any characters: it is printed in quotes where it must be.
_WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda name: not name.endswith("_by_lua_block"))
_LINES = st.tuples(_NAMES, st.lists(_WORDS, max_size=4), st.none())
_BLOCKS = st.recursive(_LINES, lambda inner: st.tuples(_NAMES, st.lists(_WORDS, max_size=3), st.lists(inner, max_size=3)), max_leaves=12)
_TREES = st.lists(_BLOCKS, max_size=5)
_Tree = tuple[str, list[str], list["_Tree"] | None]


def quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def printed(trees: list[_Tree]) -> str:
    lines = []
    for name, words, body in trees:
        head = " ".join([name, *map(quoted, words)])
        lines.append(f"{head};\n" if body is None else f"{head} {{\n{printed(body)}}}\n")
    return "".join(lines)


def tree(directives: list[Directive]) -> list[_Tree]:
    return [(d.name, list(d.args), None if d.body is None else tree(d.body)) for d in directives]


@given(_TREES)
@settings(max_examples=300, deadline=None)
def test_what_is_printed_is_read_back(trees: list[_Tree]) -> None:
    text = printed(trees)
    document = parse(text, "x")
    assert document.could_not == ()
    assert tree(document.parts[0].body) == trees
    assert unparse(document) == text
