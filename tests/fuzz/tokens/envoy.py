"""Envoy's values for one-token edits: keys and scalars of YAML and JSON."""

import json
import re
from random import Random

from tests.fuzz.edits import Token

from poise.balancers.envoy.document import Document, Member, Node, Object, Scalar, walk
from poise.balancers.envoy.syntax import parse, unparse

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*[A-Za-z0-9]")
_WORDS = frozenset("y n yes no true false on off null".split())
_PROPERTY = re.compile(r"[!&][^\s,\[\]{}]*\s+\Z")
# How far in front of a value its anchor and tag are looked for.
_NEAR = 80


def read(text: str) -> Document:
    """The document; the text decides whether it is JSON."""
    return parse(text, "envoy.conf")


written_again = unparse


def tokens(document: Document) -> list[Token]:
    """Keys and scalars. Not free: aliases, what has an anchor or a tag, and what has no character of its own."""
    found: dict[tuple[int, int], Token] = {}
    for node in walk(document.root) if document.root is not None else ():
        if isinstance(node, Object):
            for member in node.members:
                _add(found, document, member, "key", member.key)
        elif isinstance(node, Scalar):
            _add(found, document, node, node.kind, node.value)
    return list(found.values())


def _add(found: dict[tuple[int, int], Token], document: Document, node: Member | Node, kind: str, value: str) -> None:
    text, start, end = document.text, node.start, node.end
    byte = document.places.byte
    bare = _PROPERTY.search(text, max(0, start - _NEAR), start) is None and text[start : start + 1] not in ("*", "&", "!")
    # What an alias repeats stands where its anchor is: once is enough.
    found.setdefault((start, end), Token(f"{kind}:{value}", byte(start), byte(end), end > start and bare))


def possible(value: str, data: bytes) -> str:
    """The value as this file can hold it: JSON is refused where it is not UTF-8."""
    return value.replace("\udcff", "é") if _json(data) else value


def kept(token: Token, value: str) -> str:
    """What a token of the same sort with this value is."""
    return f"{'key' if token.value.startswith('key:') else 'string'}:{value}"


def written(value: str, dice: Random, token: Token, data: bytes) -> str:
    """One of the ways to write that value as text; a key in quotes may have its value right behind its colon."""
    if _json(data) or data[token.start : token.start + 1] == b'"' or data.startswith(b":", token.end) or dice.random() < 0.3:
        return json.dumps(value, ensure_ascii=False)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and dice.random() < 0.5:
        return value
    return "'" + value.replace("'", "''") + "'"


def _json(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
