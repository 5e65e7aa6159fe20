"""One line of a HAProxy configuration into words: quotes, escapes, comments and environment variables.

The rules are those of HAProxy's configuration manual, sections 2.2 and 2.3, and were checked against 2.6.12 and 2.8.25 where the manual is
silent: a carriage return or a NUL ends the line, `\\x00` ends the word, and variables count only between double quotes.
"""

import re
from collections.abc import Callable
from itertools import islice

from poise.balancers.haproxy.document import Word
from poise.model.light import dataclass
from poise.model.regexp import regexp

# C's isspace() without the line ends: Python's own \s would also split at no-break spaces, which HAProxy keeps.
SPACES = " \t\v\f"
# 2.6 and 2.8 refuse a line of more words: "too many words, truncating after word 64".
MOST_WORDS = 64
LONG = 2 * MOST_WORDS

_QUOTING = re.compile(r"""["'\\\0]""")
_LINE_END = re.compile(r"[#\r\n]")
_WORD = re.compile(r"[^ \t\v\f]+")
_PLAIN = regexp(r"""[^ \t\v\f"'\\#$\r\n\0]+""")
# A line in which nothing but blanks has a meaning, with its first word. Shorter than LONG it cannot hold too many words.
_PLAIN_LINE = re.compile(r"""[ \t\v\f]*+([^ \t\v\f"'\\#$\r\n\0]++)[^"'\\#$\r\n\0]*+\r?\n""")
_STRONG = regexp(r"[^'\r\n\0]*")
_WEAK = regexp(r"""[^"\\$\r\n\0]+""")
_BLANK = regexp(r"[ \t\v\f]+")
_VARIABLE = regexp(r"[A-Za-z_.][A-Za-z0-9_.]*")
_BLANKS = tuple(SPACES)
_HEX = regexp(r"[0-9A-Fa-f]{2}")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", " ": " ", "\\": "\\", "#": "#", "'": "'", '"': '"', "$": "$"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a line, the `error` HAProxy would stop with, and the names of variables that have no value here."""

    words: tuple[Word, ...]
    error: str | None = None
    unset: tuple[str, ...] = ()


class _Cutter:
    """The state of one line's reading. Linear: every pattern consumes what it looks at."""

    def __init__(self, raw: str, lookup: Callable[[str], str | None]) -> None:
        self.raw = raw
        self.lookup = lookup
        self.at = 0
        self.words: list[Word] = []
        self.unset: list[str] = []
        self.pieces: list[str] = []
        self.start: int | None = None
        self.quote = ""
        self.quote_at = 0
        self.error: str | None = None

    def close(self, end: int) -> None:
        if self.start is not None:
            value = "".join(self.pieces)
            self.words.append(Word(value.split("\0", 1)[0], self.start, end))
        self.pieces, self.start = [], None

    def fail(self, what: str) -> None:
        if self.error is None:
            self.error = f"{what} at column {self.at + 1}"

    def run(self) -> Words:
        raw, size = self.raw, len(self.raw)
        # A line that HAProxy refuses needs no reading to its end, and must not cost the time of it.
        while self.at < size and self.error is None and len(self.words) <= MOST_WORDS:
            char = raw[self.at]
            if char in "\r\n\0" or (char == "#" and not self.quote):
                break
            if char in SPACES and not self.quote:
                self.close(self.at)
                self.at = _end(_BLANK.match(raw, self.at), self.at)
                continue
            if self.start is None:
                self.start = self.at
            self.one(char)
        end = self.at
        if self.quote and self.error is None:
            self.at = self.quote_at
            self.fail("unmatched quote")
        self.close(end)
        if len(self.words) > MOST_WORDS or (len(self.words) == MOST_WORDS and raw[self.words[-1].end : self.words[-1].end + 1] in _BLANKS):
            # A blank behind the last word counts as the beginning of another one.
            self.at = self.words[-1].end
            self.fail(f"more than {MOST_WORDS} words on one line")
        return Words(tuple(self.words), self.error, tuple(self.unset))

    def one(self, char: str) -> None:
        raw = self.raw
        if self.quote == "'":
            end = _end(_STRONG.match(raw, self.at), self.at)
            self.pieces.append(raw[self.at : end])
            self.at = end
            if raw[end : end + 1] == "'":
                self.quote, self.at = "", end + 1
        elif char == '"' or (char == "'" and not self.quote):
            if self.quote:
                self.quote = ""
            else:
                self.quote, self.quote_at = char, self.at
            self.at += 1
        elif char == "\\":
            self.escape()
        elif char == "$" and self.quote:
            self.variable()
        else:
            end = _end((_WEAK if self.quote else _PLAIN).match(raw, self.at), self.at + 1)
            self.pieces.append(raw[self.at : end])
            self.at = end

    def escape(self) -> None:
        following = self.raw[self.at + 1 : self.at + 2]
        if following == "x":
            digits = _HEX.match(self.raw, self.at + 2)
            if digits is None:
                self.fail("truncated or invalid hexadecimal sequence")
                self.pieces.append("\\x")
                self.at += 2
                return
            code = int(digits.group(), 16)
            # Bytes above 127 stay bytes, as in the file's own text.
            self.pieces.append(chr(code) if code < 128 else bytes([code]).decode("utf-8", "surrogateescape"))
            self.at += 4
        elif following in _ESCAPES and following:
            self.pieces.append(_ESCAPES[following])
            self.at += 2
        else:
            self.pieces.append("\\")
            self.at += 1

    def variable(self) -> None:
        raw, begin = self.raw, self.at
        self.at += 1
        brace = raw[self.at : self.at + 1] == "{"
        self.at += brace
        name = _VARIABLE.match(raw, self.at)
        if name is None:
            self.fail("forbidden first character in an environment variable's name")
            return
        self.at = name.end()
        default: str | None = None
        several = False
        if brace:
            if raw.startswith("[*]", self.at):
                several = True
                self.at += 3
            if raw[self.at : self.at + 1] == "-":
                end = raw.find("}", self.at)
                default = raw[self.at + 1 : end] if end >= 0 else ""
                self.at = end if end >= 0 else len(raw)
            if raw[self.at : self.at + 1] != "}":
                self.at = begin
                self.fail("unmatched brace in an environment variable")
                self.at = max(name.end(), begin + 1)
                return
            self.at += 1
        value = self.lookup(name.group())
        if value is None:
            value = default
        if value is None:
            self.unset.append(name.group())
            value = ""
        self.emit(value, begin, several)

    def emit(self, value: str, begin: int, several: bool) -> None:
        if not several:
            self.pieces.append(value)
            return
        # More words than a line may have are refused anyway.
        items = value.split(None, MOST_WORDS)
        for index, item in enumerate(items):
            if index:
                self.close(self.at)
                self.start = begin
            self.pieces.append(item)


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def first_of_plain(raw: str) -> str | None:
    """The first word of a line whose words are what stands between blanks: no quote, escape, comment or `$`; None of any other line."""
    found = _PLAIN_LINE.fullmatch(raw) if len(raw) < LONG else None
    return found[1] if found else None


def cut(raw: str, lookup: Callable[[str], str | None], shared: dict[str, str] | None = None) -> Words:
    """The words of the line `raw`; `lookup` gives an environment variable's value or None. Never raises.

    `shared` holds the words of other lines: of what a file says ten thousand times one copy is enough.
    """
    if _QUOTING.search(raw) is None:
        # Most lines: without a quote, a backslash or a NUL words are what stands between blanks.
        end = _LINE_END.search(raw)
        found = _WORD.finditer(raw, 0, end.start() if end else len(raw))
        same = ({} if shared is None else shared).setdefault
        words = tuple([Word(same(word := match[0], word), match.start(), match.end()) for match in islice(found, MOST_WORDS)])
        if len(words) < MOST_WORDS:
            return Words(words)
    return _Cutter(raw, lookup).run()
