"""Reads JSON into a tree with exact places, as Envoy's JSON reader takes it: never raises, needs no recursion.

Commas before a closing bracket, single quotes, keys without quotes and raw line ends within strings pass; comments, and what the grammar
of numbers does not know, do not (all checked with Envoy 1.40; source: protobuf's JSON lexer).
"""

import re

from poise.balancers.envoy.document import Array, Kind, Member, Node, Object, Scalar
from poise.balancers.envoy.syntax.problem import DEEPEST, TOO_DEEP, TOO_MANY, Problem, most_values
from poise.model.regexp import regexp

_SPACE = regexp(r"[ \t\r\n]*")
_STRING = {'"': regexp(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL), "'": regexp(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)}
_BROKEN_BYTE = regexp("[\ud800-\udfff]")
_ESCAPE = regexp(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'"}
_NUMBER = regexp(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.+-])")
_NAME = regexp(r"[A-Za-z_$][A-Za-z0-9_$]*")
_WORDS: dict[str, tuple[Kind, str]] = {"true": ("bool", "true"), "false": ("bool", "false"), "null": ("null", "")}


class _RefusedError(Exception):
    """Carries a Problem out of the reader; never leaves this module."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(at, reason)


def read_json(text: str) -> tuple[Node | None, list[Problem]]:
    """The tree and what is wrong with it; None with a problem where the text is not what Envoy takes for JSON."""
    try:
        return _Reader(text).read(), []
    except _RefusedError as refused:
        return None, [refused.problem]


_NOTHING = Scalar("null", "", 0, 0)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.stack: list[tuple[Object | Array, Member | None]] = []
        self.root: Node | None = None
        self.complete = False
        self.left = most_values(text)
        self.names: dict[str, str] = {}

    def read(self) -> Node:
        self.value()
        while self.stack:
            if self.closed():
                continue
            if self.complete:
                if self.space() != ",":
                    raise self.refuse("a comma or a closing bracket")
                self.at += 1
                if self.closed():
                    continue
            if isinstance(self.stack[-1][0], Object):
                self.key()
            self.value()
        if self.space():
            raise _RefusedError(self.at, "text stands behind the end of the JSON object: Envoy refuses the file. Delete it (comments too)")
        assert self.root is not None
        return self.root

    def space(self) -> str:
        """Skip white space; the character that follows, "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def closed(self) -> bool:
        """Whether the innermost collection ends here; it is then left."""
        node, _ = self.stack[-1]
        if self.space() != ("}" if isinstance(node, Object) else "]"):
            return False
        self.at += 1
        node.end = self.at
        self.stack.pop()
        self.complete = True
        return True

    def key(self) -> None:
        """Read a key and its colon."""
        sign, start = self.space(), self.at
        if sign and sign in "\"'":
            name = self.string()
        else:
            word = _NAME.match(self.text, start)
            if word is None or word[0] in _WORDS:
                raise self.refuse("a key in quotes")
            name, self.at = word[0], word.end()
        node, _ = self.stack[-1]
        assert isinstance(node, Object)
        member = Member(self.names.setdefault(name, name), start, self.at, _NOTHING)
        node.members.append(member)
        self.stack[-1] = (node, member)
        if self.space() != ":":
            raise self.refuse("a colon")
        self.at += 1

    def value(self) -> None:
        """Read a scalar, or the bracket that opens a collection."""
        sign, start = self.space(), self.at
        self.complete = True
        self.left -= 1
        if self.left < 0:
            raise _RefusedError(start, TOO_MANY)
        if sign and sign in "{[":
            self.at += 1
            if len(self.stack) >= DEEPEST:
                raise _RefusedError(start, TOO_DEEP)
            node: Object | Array = Object([], start, start) if sign == "{" else Array([], start, start)
            self.put(node)
            self.stack.append((node, None))
            self.complete = False
        elif sign and sign in "\"'":
            self.put(Scalar("string", self.string(), start, self.at))
        elif sign and sign in "-0123456789":
            found = _NUMBER.match(self.text, start)
            if found is None or float(found[0]) in (float("inf"), float("-inf")):
                raise self.refuse("a number as JSON writes them")
            self.at = found.end()
            self.put(Scalar("number", found[0], start, self.at))
        else:
            word = _NAME.match(self.text, start)
            if word is None or word[0] not in _WORDS:
                raise self.refuse("a value")
            self.at = word.end()
            kind, meaning = _WORDS[word[0]]
            self.put(Scalar(kind, meaning, start, self.at))

    def put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent, member = self.stack[-1]
        if isinstance(parent, Array):
            parent.items.append(node)
        else:
            assert member is not None
            member.value = node

    def string(self) -> str:
        """Read a string; what it stands for."""
        start = self.at
        found = _STRING[self.text[start]].match(self.text, start)
        if found is None:
            raise _RefusedError(start, "the string that begins here has no end: Envoy refuses the file")
        self.at = found.end()
        body = found[1]
        odd = _BROKEN_BYTE.search(body)
        if odd:
            raise _RefusedError(start + 1 + odd.start(), "a byte here is not UTF-8: Envoy refuses such JSON. Save the file as UTF-8")
        if "\\" not in body:
            return body
        text = _ESCAPE.sub(lambda escape: self.escaped(escape, start + 1), body)
        try:
            # Two halves of a character outside the first plane become that character.
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise _RefusedError(start, "half a character (`\\ud800` to `\\udfff` alone): Envoy refuses the string") from None

    def escaped(self, escape: re.Match[str], start: int) -> str:
        if escape[1] is not None:
            return chr(int(escape[1], 16))
        if escape[2] not in _ESCAPES:
            raise _RefusedError(
                start + escape.start(), f"`\\{escape[2]}` is no escape of JSON: Envoy refuses the string. Write `\\\\` for a backslash"
            )
        return _ESCAPES[escape[2]]

    def refuse(self, wanted: str) -> _RefusedError:
        sign = self.text[self.at : self.at + 1]
        if not sign:
            return _RefusedError(max(0, len(self.text) - 1), f"the JSON ends where {wanted} should stand: Envoy refuses the file")
        if sign == "\ufeff":
            mark = "a byte order mark stands at the head of the file, an invisible sign that Envoy refuses in JSON. Save it without one"
            return _RefusedError(self.at, mark)
        if sign in "/#":
            return _RefusedError(self.at, "Envoy takes no comments in JSON and refuses the file. Delete it, or write the file as YAML")
        return _RefusedError(self.at, f"`{sign}` stands where {wanted} should: Envoy refuses the file as JSON")
