"""An Envoy configuration as a light tree of objects, arrays and scalars, each with its exact place in the text.

Text is a `str`. Bytes that are not UTF-8 are held as lone surrogates (PEP 383, `surrogateescape`), so every offset counts the bytes of the
file, whatever they are. Nodes count characters; `Text` turns them into bytes, lines and columns for those that are asked for.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.location import Location

Kind = Literal["string", "number", "bool", "null"]

# Every how many characters the byte offset is kept: a line may be 10 MB long, and a place in it must not cost a walk through all of it.
_STEP = 1024


@dataclass(slots=True)
class Scalar:
    """One value. `value` is what Envoy makes of it: text without quotes and escapes, a number in decimal, `true` or `false`, "" for null.

    `start`, `end` are character offsets in the text, quotes included.
    """

    kind: Kind
    value: str
    start: int
    end: int


@dataclass(slots=True)
class Member:
    """One key of an object with its value. `start`, `end` span the key, quotes included."""

    key: str
    start: int
    end: int
    value: "Node"


@dataclass(slots=True)
class Object:
    """Keys with values, in order, doubled keys included."""

    members: list[Member]
    start: int
    end: int

    def member(self, name: str, other: str = "") -> Member | None:
        """The member of one of these names. Of a key that is written twice the last one counts, as in Envoy (checked with 1.40)."""
        names = (name, other)
        for member in reversed(self.members):
            if member.key in names:
                return member
        return None


@dataclass(slots=True)
class Array:
    """Values in order."""

    items: list["Node"]
    start: int
    end: int


Node = Scalar | Object | Array


class Text:
    """A file's text and where its characters stand."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self._lines: array[int] | None = None
        self._bytes: list[int] | None = None
        self._ascii = text.isascii()

    def settle(self) -> None:
        """Let go of the text where places can be told without it."""
        if self._ascii:
            self._starts()
            self.text = ""

    def line(self, at: int) -> int:
        """The line, from 1, of the character at this offset."""
        return bisect_right(self._starts(), at)

    def location(self, start: int, end: int) -> Location:
        """The span of the characters start..end (exclusive)."""
        line = self.line(start)
        return Location(self.file, line, start - self._starts()[line - 1] + 1, self.byte(start), self.byte(end))

    def byte(self, at: int) -> int:
        """How many bytes stand before the character at this offset."""
        if self._ascii:
            return at
        if self._bytes is None:
            self._bytes = [0]
            for start in range(0, len(self.text), _STEP):
                self._bytes.append(self._bytes[-1] + _byte_length(self.text[start : start + _STEP]))
        step = at // _STEP
        return self._bytes[step] + _byte_length(self.text[step * _STEP : at])

    def _starts(self) -> "array[int]":
        if self._lines is None:
            # A file of the old Macintosh kind has lines all the same; Envoy reads it (checked with 1.40).
            end = "\n" if "\n" in self.text else "\r"
            # An array, as a file may be all line ends and a list of numbers takes nine times as much.
            self._lines = array("I" if len(self.text) < 2**32 else "Q", [0])
            self._lines.extend(found.end() for found in re.finditer(end, self.text))
        return self._lines


def _byte_length(text: str) -> int:
    try:
        return len(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        # A lone surrogate that no decoder of bytes can have made: only a caller that builds text by hand gets here.
        return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `root` is None where nothing could be read; `could_not` then says why. `json`: it was read as JSON, not YAML."""

    file: str
    text: str
    root: Node | None
    could_not: tuple[CouldNot, ...] = ()
    json: bool = False
    places: Text = field(default_factory=lambda: Text("", ""), compare=False, repr=False)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in order; what an alias repeats comes again. Without recursion."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Object):
            waiting.extend(member.value for member in reversed(node.members))
        elif isinstance(node, Array):
            waiting.extend(reversed(node.items))
