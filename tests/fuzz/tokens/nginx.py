"""nginx's values for one-token edits: every word of every directive."""

import re
from random import Random

from tests.fuzz.edits import Token

from poise.balancers.nginx.document import Directive, Document, byte_length
from poise.balancers.nginx.syntax import parse, unparse
from poise.balancers.nginx.words import words_of

_PLAIN = re.compile(r"[A-Za-z0-9_./:@-]+")


def read(text: str) -> Document:
    """The document."""
    return parse(text, "nginx.conf")


written_again = unparse


def tokens(document: Document) -> list[Token]:
    """Every word of every directive. None is free where the form is broken: a quote more or less may then mend it."""
    found: list[Token] = []
    # A byte order mark breaks nothing but itself.
    broken = any("byte order mark" not in entry.reason for entry in document.could_not)
    base = byte_length(document.head)
    for part in document.parts:
        base += byte_length(part.marker)
        for directive in _all(part.body):
            free = not broken and not directive.name.endswith("_by_lua_block")
            for word in words_of(part.source.text, directive.start, directive.end):
                start, end = part.source.byte(word.start), part.source.byte(word.end)
                found.append(Token(word.value, base + start, base + end, free))
        base += byte_length(part.source.text)
    return found


def _all(body: list[Directive]) -> list[Directive]:
    found: list[Directive] = []
    waiting = list(reversed(body))
    while waiting:
        directive = waiting.pop()
        found.append(directive)
        waiting.extend(reversed(directive.body or []))
    return found


def written(value: str, dice: Random, token: Token, data: bytes) -> str:
    """One of the ways to write that value; with quotes where what follows would otherwise become part of it."""
    if _PLAIN.fullmatch(value) and dice.random() < 0.5 and not data.startswith(b")", token.end):
        return value
    quote = dice.choice("\"'")
    return quote + "".join(f"\\{char}" if char in f"{quote}\\" else char for char in value) + quote
