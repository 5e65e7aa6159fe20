"""An nginx configuration as directives and blocks, each with its exact place in its file.

Text is a `str`. Bytes that are not UTF-8 are held as lone surrogates (PEP 383, `surrogateescape`), so every offset of a `Location` counts
the bytes of the file, whatever they are; columns count characters, as editors do. Inside, directives hold character offsets only: lines,
columns and bytes are worked out for the few places that are asked for, so that a large file costs little.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from itertools import accumulate

from poise.balancers.nginx.words import Word, special, unescape, words_of
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.location import Location

# Distance of the places whose byte offsets are kept: what lies between two of them is counted when asked.
_STEP = 2048


def byte_length(text: str) -> int:
    """How many bytes `text` takes in its file."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        # A lone surrogate that no decoder of bytes can have made: only a caller that builds text by hand gets here.
        return len(text.encode("utf-8", "surrogatepass"))


class Source:
    """One file's text under the name that is reported, and the arithmetic from character offsets to lines and bytes."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        # The words that were cut last: what asks for one word of a directive mostly asks for its others next.
        self._cut: tuple[int, list[Word]] = (-1, [])

    def words(self, start: int, end: int) -> list[Word]:
        """The words of the directive between these offsets."""
        at, words = self._cut
        if at != start:
            words = words_of(self.text, start, end)
            self._cut = (start, words)
        return words

    @cached_property
    def _line_starts(self) -> list[int]:
        return list(accumulate([len(line) + 1 for line in self.text.split("\n")], initial=0))[:-1]

    @cached_property
    def _bytes(self) -> list[int] | None:
        if self.text.isascii():
            return None
        sums = [0]
        for at in range(0, len(self.text), _STEP):
            sums.append(sums[-1] + byte_length(self.text[at : at + _STEP]))
        return sums

    def line(self, at: int) -> int:
        """The line, from 1, that the character at this offset stands on."""
        return bisect_right(self._line_starts, at)

    def byte(self, at: int) -> int:
        """The byte offset of a character offset."""
        sums = self._bytes
        if sums is None:
            return at
        step = at // _STEP
        return sums[step] + byte_length(self.text[step * _STEP : at])

    def span(self, start: int, end: int) -> Location:
        """Where the characters start..end (exclusive) stand."""
        starts = self._line_starts
        line = bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        if self._bytes is None:
            return Location(self.file, line, column, start, end)
        return Location(self.file, line, column, self.byte(start), self.byte(end))


class Directive:
    """One directive. `args` are the words behind its name, without quotes and escapes.

    `start`..`end` are the characters from the name to the `;` or `{` (included); `body` holds a block's directives, None for one without.
    A block whose content is another language (Lua) has an empty body. `close` is the offset behind its `}`.
    """

    __slots__ = ("args", "body", "close", "end", "name", "source", "start")

    def __init__(self, source: Source, name: str, args: tuple[str, ...], start: int, end: int) -> None:
        self.source = source
        self.name = name
        self.args = args
        self.start = start
        self.end = end
        self.body: list[Directive] | None = None
        self.close = end

    @property
    def file(self) -> str:
        """The file it stands in."""
        return self.source.file

    @property
    def line(self) -> int:
        """The line its name stands on."""
        return self.source.line(self.start)

    @property
    def value(self) -> str:
        """The arguments as one text, joined by single spaces."""
        return " ".join(self.args)

    def location(self) -> Location:
        """Where it stands, from its name to its `;`; for a block, to the last word of its header."""
        end = self.end
        if self.body is not None:
            header = self.source.text[self.start : end - 1]
            if "#" in header:
                words = self.source.words(self.start, end)
                end = words[-1].end if words else end
            else:
                end = self.start + len(header.rstrip(" \t\r\n"))
        return self.source.span(self.start, max(end, self.start + 1))

    def _place(self, index: int) -> tuple[int, int]:
        """From where to where word `index` stands; of one that is not there, the last."""
        text, at, end = self.source.text, self.start, self.start + len(self.name)
        if index <= len(self.args) and text.startswith(self.name, at) and special(text, at, self.end) is None:
            # Nothing but words and blanks: each word is the first that is found behind the one before.
            for word in self.args[:index]:
                at = text.find(word, end, self.end)
                end = at + len(word)
                if at < 0:
                    break
            else:
                return at, end
        words = self.source.words(self.start, self.end)
        found = words[min(index, len(words) - 1)]
        return found.start, found.end

    def word(self, index: int) -> Location:
        """Where word `index` stands, quotes included; 0 is the name."""
        return self.source.span(*self._place(index))

    def value_location(self) -> Location:
        """Where the arguments stand, all together; the name where there are none."""
        return self.source.span(self._place(1)[0], self._place(len(self.args))[1])

    def within(self, index: int, prefix: int) -> Location:
        """Where word `index` stands without its first `prefix` characters (`weight=5` → `5`); the whole word where it has quotes."""
        start, end = self._place(index)
        raw = self.source.text[start:end]
        plain = len(raw) > prefix and raw[0] not in "\"'" and unescape(raw) == raw
        return self.source.span(start + (prefix if plain else 0), end)


@dataclass(frozen=True, slots=True)
class Part:
    """One file's worth of configuration. A dump of `nginx -T` has many; `marker` is the line in front of it there."""

    source: Source
    body: list[Directive]
    includes: tuple[tuple[list[Directive], Directive], ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One given text. `parts` holds one part, or each file of a dump of `nginx -T`, the main one first.

    `head` is what stands in front of a dump's first marker. `template` says that the text must be rendered before nginx can read it.
    """

    file: str
    parts: tuple[Part, ...]
    could_not: tuple[CouldNot, ...] = ()
    head: str = ""
    template: bool = False
    by_name: Mapping[str, Part] = field(default_factory=dict)

    @property
    def dump(self) -> bool:
        """Whether it is the output of `nginx -T`."""
        return bool(self.parts and self.parts[0].marker)
