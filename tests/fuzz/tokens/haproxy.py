"""HAProxy's values for one-token edits: the words behind each line's keyword."""

from random import Random

from tests.fuzz.edits import Token

from poise.balancers.haproxy.document import Document, Line
from poise.balancers.haproxy.edit import set_server_options
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse, unparse
from poise.balancers.haproxy.syntax.environment import KEYWORDS

_SPECIAL = " #\\\"'$"


def read(text: str) -> Document:
    """The document; its environment is known to be empty."""
    return parse(text, "haproxy.cfg", {})


written_again = unparse


def tokens(document: Document) -> list[Token]:
    """Every word. Not free: keywords, whose change makes other words of the line mean something else, and what sets variables."""
    found: list[Token] = []
    for line in document.lines:
        free = bool(line.words) and _ordinary(line)
        for number, word in enumerate(line.words):
            span = line.span(document.file, word.start, word.end)
            found.append(Token(word.value, span.start, span.end, free and number > 0))
    return found


def _ordinary(line: Line) -> bool:
    first = line.words[0].value
    # Words that one variable gives (`${LIST[*]}`) share their characters.
    apart = len({word.start for word in line.words}) == len(line.words)
    return first not in KEYWORDS and not first.startswith(".") and apart


def written(value: str, dice: Random, _: Token, __: bytes) -> str:
    """One of the ways to write that value."""
    kind = dice.randrange(3)
    if kind == 0 and "'" not in value:
        return f"'{value}'"
    if kind == 1:
        return '"' + "".join(f"\\{char}" if char in '"\\$' else char for char in value) + '"'
    return "".join("\\t" if char == "\t" else f"\\{char}" if char in _SPECIAL else char for char in value)


_OPTIONS = {"weight": ("1", "50", "256"), "maxconn": ("10", "2000"), "inter": ("3s", "750ms"), "cookie": ("new", "a b"), "backup": ("",)}


def by_poise(data: bytes, document: Document, dice: Random) -> str | None:
    """Let poise's own editor set an option of one server. What is wrong with the file then; None where nothing is, or it declined."""
    before = [(pool.name, server) for pool in lower([document]).pools for server in pool.servers]
    if not before:
        return None
    chosen = dice.randrange(len(before))
    pool, server = before[chosen]
    option = dice.choice(list(_OPTIONS))
    value = dice.choice(_OPTIONS[option])
    try:
        edits = set_server_options(document, pool, server.name, {option: value})
    except ValueError:
        return None
    for edit in reversed(edits):
        if data[edit.start : edit.end] != edit.old.encode("utf-8", "surrogateescape"):
            return f"{edit} does not stand on what it says"
        data = data[: edit.start] + edit.new.encode("utf-8", "surrogateescape") + data[edit.end :]
    after = [(pool.name, server) for pool in lower([read(data.decode("utf-8", "surrogateescape"))]).pools for server in pool.servers]
    if [(pool, server.name, server.address) for pool, server in after] != [(pool, server.name, server.address) for pool, server in before]:
        return "the servers are others"
    # Of servers of one name, which HAProxy refuses, the first is edited.
    first = next(at for at, (name, each) in enumerate(before) if (name, each.name) == (pool, server.name))
    for at, ((_, old), (_, new)) in enumerate(zip(before, after, strict=True)):
        wanted = {**old.options, option: value} if at == first else dict(old.options)
        if dict(new.options) != wanted:
            return f"{new.name} has {dict(new.options)} instead of {wanted}"
    return None
