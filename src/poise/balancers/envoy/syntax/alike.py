"""Items of a list that are written like one before them but for their words, as endpoints are. Pure.

Such an item is one match of an expression, and its nodes are made when somebody asks for them: of 10,000 endpoints a forecast needs the
words alone.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from poise.balancers.envoy.document import Array, Member, Node, Object, Scalar
from poise.balancers.envoy.syntax.scalars import resolve

_QUOTES = ('"', "'")


class Shape:
    """How an item is written: `like` is one that was read word by word, `words` are its scalars in order.

    `pattern` matches an item with its line end. `depth` is how many collections are open around it, `cost` how many values it counts as.
    """

    __slots__ = ("_places", "cost", "depth", "head", "like", "number", "pattern", "tail", "words")

    def __init__(
        self, like: Object, words: Sequence[Scalar], pattern: re.Pattern[str], lines: tuple[int, int], depth: int, cost: int
    ) -> None:
        self.like, self.words, self.pattern, self.depth, self.cost = like, words, pattern, depth, cost
        # From where its line begins to where the item does, and from where that ends to where the next line begins.
        self.head, self.tail = like.start - lines[0], lines[1] - like.end
        # The number of a word, by where it stands in the first item.
        self.number = {word.start: number for number, word in enumerate(words)}
        self._places: dict[int, tuple[int, int]] = {}

    def at(self, place: int, starts: Sequence[int]) -> int:
        """Where that place of the first item is in one that begins at `starts[0]`, moved so by its first word, its first two …"""
        found = self._places.get(place)
        if found is None:
            before = bisect_right(self.words, place, key=lambda word: word.end)
            written = sum(word.end - word.start for word in self.words[:before])
            found = self._places[place] = (before, place - self.like.start - written)
        return starts[found[0]] + found[1]


class Alike(Object):
    """An item of that shape with these words, as they are written. Its members are made at the first look at them."""

    __slots__ = ("shape", "words")

    def __init__(self, shape: Shape, words: tuple[str, ...], start: int, end: int) -> None:
        self.shape, self.words, self.start, self.end = shape, words, start, end

    def __getattr__(self, name: str) -> list[Member]:
        """Asked only for a slot that is empty."""
        if name != "members":
            raise AttributeError(name)
        made = self._made(self.shape.like, self.starts())
        assert isinstance(made, Object)
        self.members: list[Member] = made.members
        return made.members

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and (self.start, self.end, self.members) == (other.start, other.end, other.members)

    # As of every node.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(Object(self.members, self.start, self.end))

    def span(self, node: Node) -> tuple[int, int]:
        """Where that node of the shape's first item stands in this one."""
        starts = self.starts()
        return self.shape.at(node.start, starts), self.shape.at(node.end, starts)

    def word(self, number: int) -> Scalar:
        """The scalar of that number."""
        return read_word(self.words[number], *self.span(self.shape.words[number]))

    def starts(self) -> list[int]:
        """Where the item begins, and moved by its first word, its first two …"""
        starts = [self.start]
        for word in self.words:
            starts.append(starts[-1] + len(word))
        return starts

    def _made(self, node: Node, starts: Sequence[int]) -> Node:
        at = self.shape.at
        start, end = at(node.start, starts), at(node.end, starts)
        if isinstance(node, Scalar):
            return read_word(self.words[self.shape.number[node.start]], start, end)
        if isinstance(node, Array):
            return Array([self._made(each, starts) for each in node.items], start, end)
        members = [Member(m.key, at(m.start, starts), at(m.end, starts), self._made(m.value, starts)) for m in node.members]
        return Object(members, start, end)


def read_word(word: str, start: int = 0, end: int = 0) -> Scalar:
    """The scalar that is written so."""
    if word.startswith(_QUOTES):
        return Scalar("string", word[1:-1], start, end)
    return Scalar(*resolve(word, plain=True, tagged=False), start, end)


def shape_of(text: str, like: Object, lines: tuple[int, int], column: int, depth: int, cost: int, words: tuple[str, str, str]) -> Shape:
    """The shape of an item that stands on these lines in a list at that column: all is as it is there but for the words.

    `words` are the expressions of a word on a line of its own, of one within brackets, and of one in quotes. Each is atomic: what a word
    is must not depend on what follows it. Behind the item a line begins that goes on with the list or with what is around it.
    """
    plain, bracketed, quoted = words
    scalars = list(_scalars(like, bracket=False, text=text))
    pattern, at = "", lines[0]
    for scalar, within in scalars:
        word = quoted if text.startswith(_QUOTES, scalar.start) else bracketed if within else plain
        pattern += re.escape(text[at : scalar.start]) + f"((?>{word}))"
        at = scalar.end
    pattern += re.escape(text[at : lines[1]]) + rf"(?= {{0,{column}}}[^ \n#]|\Z)"
    return Shape(like, [scalar for scalar, _ in scalars], re.compile(pattern), lines, depth, cost)


def _scalars(node: Node, bracket: bool, text: str) -> list[tuple[Scalar, bool]]:
    """Those of a tree in order, each with whether it stands within brackets."""
    if isinstance(node, Scalar):
        return [(node, bracket)]
    bracket = bracket or text[node.start] in "{["
    below = [member.value for member in node.members] if isinstance(node, Object) else node.items
    return [scalar for each in below for scalar in _scalars(each, bracket, text)]
