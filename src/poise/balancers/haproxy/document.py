"""A HAProxy configuration as text cut into lines, words and sections, each with its exact span.

Text is a `str`. Bytes that are not UTF-8 are held as lone surrogates (PEP 383, `surrogateescape`), so every offset counts the bytes of the
file, whatever they are. Columns count characters, as editors do.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.location import Location


def byte_length(text: str) -> int:
    """How many bytes `text` takes in its file."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        # A lone surrogate that no decoder of bytes can have made: only a caller that builds text by hand gets here.
        return len(text.encode("utf-8", "surrogatepass"))


class Word(NamedTuple):
    """One word as HAProxy sees it: `value` without quotes and escapes; `start`, `end` are character offsets, quotes included."""

    # A tuple, since a large file has hundreds of thousands of them and a frozen dataclass takes three times as long to make.
    value: str
    start: int
    end: int


_PLAIN_WORD = re.compile(r"[^ \t\v\f\r\n]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `raw` holds every character with its line end; `offset` is the byte where it starts. `keyword` is the first word's value,
    `read` its words, empty for comments; None says that the line is plain, its words are what stands between blanks.

    `negated` says the line began with `no`, `default_prefix` with `default`; both words are then left out of `words`. `cut` says that
    HAProxy refuses it for what stands behind its `words`.
    """

    number: int
    offset: int
    raw: str
    keyword: str = ""
    read: tuple[Word, ...] | None = ()
    negated: bool = False
    default_prefix: bool = False
    cut: bool = False
    _found: tuple[Word, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words with their places. Those of a plain line are looked for when somebody asks: most lines are servers that are written
        as the one above, of which nobody does. Reading the text of 1,000 pools took 113 ms with all their words and takes 31 ms."""
        if self.read is not None:
            return self.read
        found = self._found
        if found is None:
            found = tuple([Word(match[0], match.start(), match.end()) for match in _PLAIN_WORD.finditer(self.raw)])
            object.__setattr__(self, "_found", found)
        return found

    @property
    def values(self) -> tuple[str, ...]:
        """The words' values."""
        return tuple([word.value for word in self.words])

    def span(self, file: str, start: int, end: int) -> Location:
        """Where the characters start..end (exclusive) of this line stand."""
        if self.raw.isascii():
            return Location(file, self.number, start + 1, self.offset + start, self.offset + (end if end > start else start))
        head = self.offset + byte_length(self.raw[:start])
        return Location(file, self.number, start + 1, head, head + byte_length(self.raw[start:end]))

    def location(self, file: str) -> Location:
        """Where the line's text stands, without indentation, comment and line end."""
        if self.words:
            start = len(self.raw) - len(self.raw.lstrip(" \t\v\f"))
            return self.span(file, start, self.words[-1].end)
        return self.span(file, 0, len(self.raw.rstrip("\r\n")))

    def whole(self, file: str) -> Location:
        """Where the whole line stands, without the line end."""
        return self.span(file, 0, len(self.raw.rstrip("\r\n")))


@dataclass(frozen=True, slots=True)
class Section:
    """A section: `kind` is its keyword (global, backend …), `parent` the defaults named by `from`, `lines` its body."""

    kind: str
    name: str
    header: Line
    lines: tuple[Line, ...]
    file: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `lines` is all of it; `sections` only what HAProxy would act on, with conditional blocks resolved."""

    file: str
    lines: tuple[Line, ...]
    sections: tuple[Section, ...]
    could_not: tuple[CouldNot, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
