"""Reads YAML as bootstraps are commonly written, line by line, into the same tree as libyaml's events give, in a quarter of the time.

Known here are block maps and lists, words of one line with and without quotes, and lists and maps in brackets on one line. Of a text with
anything else (anchors, tags, blocks of text, escapes, words over several lines, tabs, a key without a value) nothing is said: it is left to
the careful reader. What is read here is read alike by both, which the tests prove with as many files as anybody wants.
"""

import re

from poise.balancers.envoy.document import Array, Kind, Member, Node, Object, Scalar
from poise.balancers.envoy.syntax.alike import Alike, Shape, shape_of
from poise.balancers.envoy.syntax.problem import most_values
from poise.balancers.envoy.syntax.scalars import resolve

_QUOTED = r"""\"[^"\\\n]*+\"|'[^'\n]*+'(?!')"""
# libyaml looks for the colon behind a key in 1024 characters at most.
_KEY = r"""[A-Za-z_][A-Za-z0-9_.-]{0,99}|\"[^"\\\n]{0,99}\"|'[^'\n]{0,99}'"""
_WORDS = r"[A-Za-z0-9_./$^(~+](?:[^ :#\n]++|:(?=[^ \n])| ++(?=[^ :#\n]))*"
# One line: what it is indented by, dashes, a key, and a value or the bracket that begins one. A line with a bracket is matched up to there.
_END = r" *+(?:(?<![^ \n])#[^\n]*+)?(?:\n|\Z)"
_LINE = re.compile(rf"( *+)((?:- ++)*(?:-(?=\n|\Z))?)(?:({_KEY}):(?=[ \n]|\Z) *+)?(?:({_WORDS})|({_QUOTED})|([{{\[]))?(?(6)|{_END})")
_REST = re.compile(_END)
_WORD = r"(?:[A-Za-z0-9_./]|-(?=[0-9]))(?:[A-Za-z0-9_./%$+*~=;@-]++|:(?=[A-Za-z0-9_./]))*(?=[ ,}\]])"
# One entry within brackets: a key, a value with the brackets that close behind it, or one that opens.
_ENTRY = re.compile(rf"(?:({_KEY}): ++)?(?:(?:({_WORD})|({_QUOTED}))([ }}\]]*+)|([{{\[]) *+((?:[}}\]][ }}\]]*+)?))(,?) *+")
_NULL = frozenset(("null", "Null", "NULL"))
_NOTHING = Scalar("null", "", 0, 0)
# Nobody nests so deep: the careful reader counts what is allowed in all.
_DEEP = 40
# How many items of lists at one column are read word by word before the last of them becomes a shape: that costs as much as twenty.
_BEFORE_A_SHAPE = (24, 72, 216, 648)
# Who writes more in one item writes no two alike, and the expression of one with 2,000 words takes a minute to make; thousands of
# expressions, of lists at as many columns, would take more room than all the rest.
_LONGEST_ALIKE, _DEAREST_ALIKE, _MOST_SHAPES = 4000, 256, 64


def read_plain(text: str) -> Node | None:
    """The tree, None where the text is to be read with more care."""
    if not text.isascii() or not text.replace("\n", " ").isprintable():
        return None
    return _Lines(text).read()


class _Lines:
    def __init__(self, text: str) -> None:
        self.text = text
        # The open collections with the columns that they stand at, outermost first. A list may stand at the column of its key.
        self.opened: list[tuple[int, Object | Array]] = []
        # The key, or the list with a dash, whose value is still to come; the first stands for all there is.
        self.root = Member("", 0, 0, _NOTHING)
        self.waiting: Member | Array | None = self.root
        # What keys and words stand for, by how they are written.
        self.names: dict[str, str] = {}
        self.words: dict[str, tuple[Kind, str]] = {}
        self.left = most_values(text)
        self.last = 0
        # By the column of a list: shapes of its items, and how many items of such lists had none.
        self.shapes: dict[int, list[Shape]] = {}
        self.shapeless: dict[int, int] = {}
        # The item that was begun last: its list, where its line begins, and what was left then.
        self.begun: tuple[Array, int, int] | None = None

    def read(self) -> Node | None:
        text, size, match = self.text, len(self.text), _LINE.match
        at = 4 if text.startswith("---\n") else 0
        while at < size:
            line = match(text, at)
            if line is None:
                return None
            indent, dashes, key, words, quoted, bracket = line.groups()
            if not (key or dashes or words or quoted or bracket):
                at = line.end()
                continue
            column = len(indent)
            here = self.around(column, at + column, bool(dashes))
            if here is None or self.left < 0:
                return None
            if dashes and isinstance(here, Array) and (end := self.alike(here, column, at)) > at:
                at = end
                continue
            start, at = at + column, line.end()
            # More than there can be in it, and less than what would matter.
            self.left -= 4 + len(dashes)
            place = self.place(here, column, start, dashes, bool(key))
            if place is None:
                return None
            value: Node | None = None
            if words:
                kind, meaning = self.words.get(words) or self.meant(words)
                value = Scalar(kind, meaning, line.start(4), line.end(4))
            elif quoted:
                value = Scalar("string", quoted[1:-1], line.start(5), line.end(5))
            elif bracket:
                value = self.bracket(line.start(6))
                rest = _REST.match(text, value.end) if value else None
                if rest is None:
                    return None
                at = rest.end()
            if value:
                self.last = value.end
            if isinstance(place, Object):
                start += len(dashes)
                member = Member(self.names.get(key) or self.named(key), start, start + len(key), value or _NOTHING)
                place.members.append(member)
                self.waiting = None if value else member
            elif value:
                place.items.append(value)
            else:
                self.waiting = place
        if self.waiting is not None or self.left < 0:
            return None
        self.close(-1)
        return self.root.value

    def around(self, column: int, start: int, dash: bool) -> Object | Array | None:
        """The collection that stands at the column of a line, once those are closed that end before it and that is open which begins."""
        opened, waiting = self.opened, self.waiting
        if waiting is not None:
            above = opened[-1][0] if opened else -1
            at_key = dash and isinstance(waiting, Member)
            if column < above or (column == above and not at_key):
                return None
            here: Object | Array = Array([], start, start) if dash else Object([], start, start)
            if isinstance(waiting, Member):
                waiting.value = here
            else:
                waiting.items.append(here)
            opened.append((column, here))
            self.waiting = None
            return here
        if opened[-1][0] > column:
            self.close(column)
        if not dash and opened and opened[-1][0] == column and isinstance(opened[-1][1], Array):
            # A list at the column of its key ends with the next key.
            opened.pop()[1].end = self.last
        return opened[-1][1] if opened and opened[-1][0] == column else None

    def place(self, here: Object | Array, column: int, start: int, dashes: str, key: bool) -> Object | Array | None:
        """The collection that a line adds to: that around it, or what its dashes begin."""
        opened = self.opened
        if not dashes:
            return here if key and isinstance(here, Object) else None
        if not isinstance(here, Array) or len(opened) > _DEEP:
            return None
        width = len(dashes)
        for offset in range(1, width):
            if dashes[offset] == "-":
                inner = Array([], start + offset, start + offset)
                here.items.append(inner)
                opened.append((column + offset, inner))
                here = inner
        if not key:
            return here
        entry = Object([], start + width, start + width)
        here.items.append(entry)
        opened.append((column + width, entry))
        return entry

    def alike(self, here: Array, column: int, at: int) -> int:
        """The end of the items of this list that follow and are written like one before them; `at` where the next is not."""
        text, end = self.text, at
        if self.begun is not None and self.begun[0] is here and isinstance(here.items[-1], Object):
            begun, count = self.begun, self.shapeless.get(column, 0) + 1
            self.shapeless[column] = count
            lines, cost = (begun[1], at), begun[2] - self.left
            dear = at - begun[1] > _LONGEST_ALIKE or cost > _DEAREST_ALIKE or sum(map(len, self.shapes.values())) >= _MOST_SHAPES
            if count in _BEFORE_A_SHAPE and not dear:
                shape = shape_of(text, here.items[-1], lines, column, len(self.opened), cost, (_WORDS, _WORD, _QUOTED))
                self.shapes.setdefault(column, []).insert(0, shape)
        for shape in self.shapes.get(column, ()):
            if shape.depth != len(self.opened):
                continue
            match, head, tail = shape.pattern.match, shape.head, shape.tail
            while self.left >= 0 and (item := match(text, end)):
                here.items.append(Alike(shape, item.groups(), end + head, item.end() - tail))
                end = item.end()
                self.left -= shape.cost
            if end > at:
                self.last = end - tail
                self.begun = None
                return end
        self.begun = (here, at, self.left)
        return at

    def close(self, column: int) -> None:
        """Close what stands further right than that column: it ends where what was read last does."""
        opened = self.opened
        while opened and opened[-1][0] > column:
            opened.pop()[1].end = self.last

    def bracket(self, at: int) -> Object | Array | None:
        """The list or map whose bracket stands there, if it is closed on the line."""
        text, match = self.text, _ENTRY.match
        within: list[Object | Array] = []
        while found := match(text, at):
            key, word, quoted, closing, opening, empty, comma = found.groups()
            value: Node
            if word:
                kind, meaning = self.words.get(word) or self.meant(word)
                value = Scalar(kind, meaning, found.start(2), found.end(2))
            elif quoted:
                value = Scalar("string", quoted[1:-1], found.start(3), found.end(3))
            else:
                place = found.start(5)
                value = Object([], place, place) if opening == "{" else Array([], place, place)
            if within:
                around = within[-1]
                if isinstance(around, Object):
                    if not key:
                        return None
                    place = found.start(1)
                    around.members.append(Member(self.names.get(key) or self.named(key), place, place + len(key), value))
                elif key:
                    return None
                else:
                    around.items.append(value)
            if not isinstance(value, Scalar):
                within.append(value)
                closing = empty
            self.left -= 3
            if self.left < 0 or len(within) > _DEEP:
                return None
            if closing:
                place = found.start(6) if opening else found.start(4)
                for sign in closing:
                    place += 1
                    if sign == " ":
                        continue
                    node = within.pop()
                    if isinstance(node, Object) != (sign == "}"):
                        return None
                    node.end = place
                    if not within:
                        return node
            # What opens without closing at once is followed by its first entry, all else by a comma.
            if bool(comma) == bool(opening and not closing):
                return None
            at = found.end()
        return None

    def named(self, written: str) -> str:
        """The key that is written so."""
        name = written[1:-1] if written[0] in "\"'" else "null" if written in _NULL else written
        return self.names.setdefault(written, name)

    def meant(self, word: str) -> tuple[Kind, str]:
        """Kind and value of a word without quotes."""
        return self.words.setdefault(word, resolve(word, plain=True, tagged=False))
