"""Reads lines that are made of fixed text and values, whatever product wrote them.

All lines of a block are matched by one call (`findall`): measured on 318-byte lines that is 2.7 times as fast as a match for each line.
It is exact only where every line is one match. So the matches are counted against the lines, and a block in which they differ is read
again line by line, where a value cannot reach into the next line and each line that does not fit is told with its reason.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import field

from poise.model.could_not import CouldNot
from poise.model.light import dataclass

Row = tuple[bytes, ...]
# A format has a few dozen parts; the expression of one with thousands would take minutes to make.
MOST_PARTS = 500
CUT_SHORT, FOREIGN, EMPTY_LINE = "cut short", "not in this format", "empty"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be. `never` are the bytes that cannot be in it; `pattern` matches it where it tells its own end, None where it does
    not. `before_quote` matches it where a `"` ends it that may also stand in it, escaped. `lax`: whoever uses it looks at it closely, so
    that up to a byte of `never` anything will do."""

    never: frozenset[int] = frozenset(b"\n")
    pattern: bytes | None = None
    before_quote: bytes | None = None
    lax: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """The place of one value in a line."""

    name: str
    kind: Kind


Part = bytes | Value


@dataclass(slots=True)
class Lines:
    """What a block of lines held: a row of raw values for each that fits, and how many do not, by reason, with the first of each.

    `left` are those that do not fit, for a reader of another format that is written to the same log.
    """

    rows: list[Row]
    rejected: Counter[str] = field(default_factory=Counter)
    examples: dict[str, bytes] = field(default_factory=dict)
    left: list[bytes] = field(default_factory=list)


class LineFormat:
    """One format. `fields` are the values that a row begins with, in order; where the format has the same value twice, its first place.

    `doubtful` are values whose end cannot be told for sure: what follows them may also stand in them. The last of them gives way until the
    rest fits; the ones before it end where they first can, as all together would take a time that grows with a power of the line's length.
    """

    def __init__(self, parts: Sequence[Part], fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        self.parts = _joined(parts)
        doubtful = [index for index in range(len(self.parts)) if self._pattern(index) is None]
        self.doubtful = [part.name for index in doubtful if isinstance(part := self.parts[index], Value)]
        self._pieces = self._made(set(self.fields), doubtful)
        # With one group or none `findall` gives no tuples: two empty ones stand behind.
        text = b"".join(self._pieces) + b"()" * max(0, 2 - len(self.fields))
        self._all = re.compile(b"^" + text + b"$", re.MULTILINE)
        self._one = re.compile(text)
        order = [part.name for part in self.parts if isinstance(part, Value)]
        places = sorted(range(len(self.fields)), key=lambda index: order.index(self.fields[index]))
        self.fields = tuple(self.fields[index] for index in places)

    @property
    def values(self) -> tuple[str, ...]:
        """All values that a line has, in order."""
        return tuple(part.name for part in self.parts if isinstance(part, Value))

    def read(self, block: bytes) -> Lines:
        """The rows of these lines. The last needs no line end."""
        rows: list[Row] = self._all.findall(block)
        lines = block.count(b"\n") + (not block.endswith(b"\n") and bool(block))
        if len(rows) == lines:
            return Lines(rows)
        return self._each(block)

    def row(self, line: bytes) -> Row | None:
        """The row of one line, None where it does not fit."""
        found = self._one.fullmatch(line)
        return found.groups() if found else None

    def _each(self, block: bytes) -> Lines:
        found = Lines([])
        lines = block.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            match = self._one.fullmatch(line)
            if match is not None:
                found.rows.append(match.groups())
                continue
            found.left.append(line)
            reason = self._reason(line) if found.rejected.total() < 1000 else FOREIGN
            found.rejected[reason] += 1
            found.examples.setdefault(reason, line)
        return found

    def _reason(self, line: bytes) -> str:
        """Whether the line begins as one of this format and ends too early, or is something else."""
        if not line:
            return EMPTY_LINE
        low, high = 0, len(self.parts)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if re.match(b"".join(self._pieces[:middle]), line) else (low, middle - 1)
        match = re.match(b"".join(self._pieces[:low]), line)
        rest = line[match.end() :] if match else line
        following = self.parts[low] if low < len(self.parts) else b""
        ended = isinstance(following, bytes) and following.startswith(rest) if low else False
        return CUT_SHORT if ended or (isinstance(following, Value) and b'"' not in rest and low) else FOREIGN

    def _made(self, wanted: set[str], doubtful: Sequence[int]) -> list[bytes]:
        """The expression of each part; a literal that an earlier value took along is empty."""
        pieces: list[bytes] = []
        taken = False
        for index, part in enumerate(self.parts):
            if isinstance(part, bytes):
                pieces.append(b"" if taken else re.escape(part))
                taken = False
                continue
            pattern = self._pattern(index)
            known, pattern = pattern is not None, pattern if pattern is not None else rb"[^\n]*?"
            grouped = b"(" + pattern + b")" if part.name in wanted else b"(?:" + pattern + b")" if b"|" in pattern else pattern
            wanted.discard(part.name)
            following = self.parts[index + 1] if index + 1 < len(self.parts) else None
            if not known and index != doubtful[-1]:
                taken = isinstance(following, bytes)
                grouped = b"(?>" + grouped + (re.escape(following) if isinstance(following, bytes) else b"") + b")"
            pieces.append(grouped)
        return pieces

    def _pattern(self, index: int) -> bytes | None:
        """What matches the value at this place up to its end; None where that is in doubt."""
        value = self.parts[index]
        if isinstance(value, bytes):
            return value
        following = self.parts[index + 1] if index + 1 < len(self.parts) else None
        if following is None:
            return value.kind.pattern or rb"[^\n]*+"
        if isinstance(following, bytes):
            if following[:1] == b'"' and value.kind.before_quote is not None:
                return value.kind.before_quote
            # A set of one byte that ends it is matched fastest.
            if following[0] in value.kind.never:
                return (None if value.kind.lax else value.kind.pattern) or b"[^" + re.escape(following[:1]) + b"]*+"
        return value.kind.pattern


def _joined(parts: Sequence[Part]) -> list[Part]:
    """The same with neighbouring texts as one."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += part
        elif part:
            found.append(part)
    return found


def line_format(what: str, parts: Sequence[Part], wanted: Collection[str]) -> LineFormat | CouldNot:
    """The reader for lines of these parts that gives those of the `wanted` values that the format has."""
    if len(parts) > MOST_PARTS:
        return CouldNot(what, f"the format has more than {MOST_PARTS} parts, as none has: its lines are not read")
    if any(isinstance(part, bytes) and b"\n" in part for part in parts):
        return CouldNot(what, "the format has a line end in it, so that a request takes several lines: poise reads those that take one")
    names = dict.fromkeys(part.name for part in parts if isinstance(part, Value))
    return LineFormat(parts, [name for name in names if name in wanted])
