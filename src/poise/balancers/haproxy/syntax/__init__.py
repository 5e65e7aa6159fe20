"""Reads HAProxy's configuration language: text to a Document with exact spans, and back without the loss of a byte.

Never raises on any text. What HAProxy would refuse, or what depends on something that is not in the text, becomes `Document.could_not`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from poise.balancers.haproxy.document import Document, Line, Section, Word, byte_length
from poise.balancers.haproxy.keywords import NEGATABLE, SECTIONS
from poise.balancers.haproxy.syntax import environment as variables
from poise.balancers.haproxy.syntax.blocks import Blocks
from poise.balancers.haproxy.syntax.words import cut, first_of_plain
from poise.model.brief import brief
from poise.model.could_not import CouldNot
from poise.model.light import dataclass

__all__ = ["Document", "Line", "Section", "Word", "parse", "recognise", "unparse"]

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
# More entries help nobody and would only fill memory.
MOST_ENTRIES = 1000
# Seen in 2.6 and 2.8.
MARK = (
    "a byte order mark stands at the head of the file, an invisible sign that HAProxy takes for a part of the first word: it refuses the "
    "file. Save it as UTF-8 without one"
)
NOT_LISTED = "from here on what cannot be read is not listed any more: is this a configuration of HAProxy?"
_NAMED = ("frontend", "backend", "listen")
# Nothing may follow their name (2.6 and 2.8; the other sections take what they do not look at).
_ALONE = (*_NAMED, "userlist", "peers", "cache")
_HEADER = re.compile(
    r"^[ \t]*(?:(?:global|defaults)|(?:frontend|backend|listen|peers|resolvers|userlist|mailers|cache|ring|program|http-errors|fcgi-app"
    r"|log-forward)[ \t]+[A-Za-z0-9_.:-]+)(?:[ \t]+[A-Za-z0-9_.:-]+)*[ \t]*(?:#[^\n]*)?\r?$",
    re.MULTILINE,
)


@dataclass(slots=True)
class _Open:
    """The section being read."""

    kind: str
    name: str
    header: Line
    parent: str | None
    lines: list[Line] = field(default_factory=list)


class _Parser:
    def __init__(self, file: str, given: Mapping[str, str] | None, target: str | None) -> None:
        self.file, self.target = file, target
        self.environment = variables.Environment(given, file)
        self.blocks = Blocks(None if given is None else self.environment.values, target)
        self.lines: list[Line] = []
        self.sections: list[Section] = []
        self.open: _Open | None = None
        self.could_not: list[CouldNot] = []
        self.lost = False
        self.shared: dict[str, str] = {}

    def cannot(self, line: int, reason: str) -> None:
        if len(self.could_not) < MOST_ENTRIES:
            self.could_not.append(CouldNot(self.file, brief(reason), line))
        elif len(self.could_not) == MOST_ENTRIES:
            self.could_not.append(CouldNot(self.file, NOT_LISTED, line))

    def read(self, text: str) -> Document:
        offset = 0
        ascii_only = text.isascii()
        for number, raw in enumerate(_lines(text), 1):
            self.lines.append(self.line(number, offset, raw))
            offset += len(raw) if ascii_only else byte_length(raw)
        self.finish()
        return Document(
            self.file, tuple(self.lines), tuple(self.sections), tuple(self.could_not), dict(self.environment.values), self.target
        )

    def line(self, number: int, offset: int, raw: str) -> Line:
        plain = first_of_plain(raw)
        if plain is not None and number > 1:
            # Nothing in it can fail, and no variable can stand in it.
            self.environment.line = number
            keyword = self.shared.setdefault(plain, plain)
            return self.active(Line(number, offset, raw, keyword, None), ())
        if raw[-1:] != "\n" or "\0" in raw:
            problem = "holds a NUL byte" if "\0" in raw else "is the last and has no line end"
            self.cannot(number, f"the line {problem}: HAProxy takes the file for truncated and refuses it. End the file with a line end")
        written = raw
        if number == 1 and raw[0] == "\ufeff":
            self.cannot(1, MARK)
            # As wide as the mark, so that columns stay what they are.
            raw = f" {raw[1:]}"
        if raw[0] in "#\r\n" or not raw.strip(" \t\v\f\r\n"):
            return Line(number, offset, written)
        self.environment.line = number
        found = cut(raw, self.environment.lookup, self.shared)
        if found.error:
            # HAProxy refuses these even inside a block that is switched off.
            self.cannot(number, f"{found.error}: HAProxy refuses the line")
            if self.blocks.active and self.open is not None and found.words and found.words[0].value in ("server", "server-template"):
                # The pool has this server, whatever the rest of the line says.
                self.open.lines.append(Line(number, offset, written, found.words[0].value, found.words, cut=True))
            return Line(number, offset, written)
        words = found.words
        line = Line(number, offset, written, words[0].value if words else "", words)
        return self.active(line, found.unset) if line.keyword else line

    def active(self, line: Line, unset: Sequence[str]) -> Line:
        """A line that says something, unless it stands in a block that is switched off."""
        number = line.number
        if line.keyword[0] == ".":
            problem_there = self.blocks.line(line.values, number)
            if problem_there:
                self.cannot(number, problem_there)
            return line
        if not self.blocks.active:
            return line
        if self.environment.spent:
            self.cannot(number, self.environment.spent)
            self.environment.spent = ""
        if unset:
            names = ", ".join(dict.fromkeys(unset))
            example = f"{unset[0]}=VALUE poise …"
            self.cannot(
                number,
                f"environment variable {names} has no value here, so the line is read with nothing there. Set it for poise: {example}",
            )
        return self.keyword(line)

    def keyword(self, line: Line) -> Line:
        if line.keyword in SECTIONS:
            self.header(line)
            return line
        if line.keyword in ("no", "default"):
            first, words = line.keyword, line.words[1:]
            if not words or words[0].value not in NEGATABLE:
                self.cannot(line.number, f"`{first}` is only for options and a few switches: HAProxy refuses the line")
                return line
            line = replace(line, keyword=words[0].value, read=words, negated=first == "no", default_prefix=first == "default")
        if self.open is None:
            if not self.lost:
                self.cannot(line.number, f"`{line.keyword}` stands outside of any section: HAProxy refuses the file")
            return line
        if self.open.kind == "global" and line.keyword in variables.KEYWORDS:
            problem = self.environment.act(line.values)
            if problem:
                self.cannot(line.number, problem)
        self.open.lines.append(line)
        return line

    def header(self, line: Line) -> None:
        self.finish_section()
        kind, rest = line.keyword, [word.value for word in line.words[1:]]
        parent: str | None = None
        over = rest[1:2] if kind in _ALONE else []
        if "from" in rest[:2] and kind in ("defaults", *_NAMED):
            at = rest.index("from")
            parent = rest[at + 1] if at + 1 < len(rest) else ""
            if not parent:
                self.cannot(line.number, "`from` needs the name of a defaults section: HAProxy refuses the line")
                parent = None
            over = rest[at + 2 : at + 3]
            rest = rest[:at]
        name = rest[0] if rest else ""
        if kind in _NAMED and not name:
            self.cannot(line.number, f"`{kind}` needs a name: HAProxy refuses the line")
        elif kind in ("defaults", *_NAMED) and name and not _NAME.fullmatch(name):
            self.cannot(line.number, f"`{name}` is not a name that HAProxy accepts: only letters, digits and `-_.:` may stand in it")
        elif over and over[0]:
            self.cannot(line.number, _over(kind, name, over[0], parent is not None))
        self.environment.section = name or kind
        self.open = _Open(kind, name, line, parent)

    def finish_section(self) -> None:
        if self.open is not None:
            done = self.open
            self.sections.append(Section(done.kind, done.name, done.header, tuple(done.lines), self.file, done.parent))
            self.open = None

    def finish(self) -> None:
        self.finish_section()
        for block in self.blocks.stack:
            self.cannot(block.opened, "this `.if` has no `.endif`: HAProxy refuses the file")


def _over(kind: str, name: str, word: str, inherits: bool) -> str:
    if kind in ("frontend", "listen") and not inherits and ":" in word:
        return f"`{kind} {name}` no longer takes an address: HAProxy refuses the section. Write `bind {word}` on a line below"
    return f"`{kind} {name}` takes no further argument `{word}`: HAProxy refuses the section"


def _lines(text: str) -> Iterator[str]:
    # str.splitlines would also cut at form feeds and Unicode separators, where HAProxy reads on.
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end


def parse(text: str, file: str, environment: Mapping[str, str] | None = None, target: str | None = None) -> Document:
    """Read one configuration file.

    `text` holds the file's text, with bytes that are not UTF-8 as surrogates (`errors="surrogateescape"`); `file` is the name to report;
    `environment` the variables that HAProxy would see (None: nothing is known of them); `target` its version, for `version_atleast`.
    Source: HAProxy's configuration manual, chapter 2.
    """
    return _Parser(file, environment, target).read(text)


def unparse(document: Document) -> str:
    """The text that the document was read from, byte for byte."""
    return "".join(line.raw for line in document.lines)


def recognise(text: str) -> bool:
    """Whether this looks like a HAProxy configuration: it holds a line that opens one of HAProxy's sections."""
    return _HEADER.search(text) is not None
