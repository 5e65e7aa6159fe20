"""The reader of one file: a pass over the text that builds directives and blocks, with a stack of its own instead of recursion."""

import re

from poise.balancers.nginx.document import Directive, Source, byte_length
from poise.balancers.nginx.syntax.lua import end_of_lua
from poise.balancers.nginx.syntax.templates import template_reason
from poise.balancers.nginx.words import token, unescape
from poise.model.brief import brief
from poise.model.could_not import CouldNot
from poise.model.regexp import regexp

# nginx reads through a buffer of 4096 bytes, which a word (with the sign behind it) and a comment must fit into (seen in 1.22 and 1.31).
LONGEST = 4095
# What nginx separates words by. Python's split() knows more; a text that holds them takes the slower way.
_OTHER_SPACE = regexp(r"[^\S \t\r\n]|[\x1c-\x1f]")
_ASCII_SPACE = "\v\f\x1c\x1d\x1e\x1f"
# A whole directive without comments inside, and without blanks in quotes or behind backslashes, which nearly all are; else what stands in
# its place. Behind a backslash `{` may begin a template, which is not looked for here.
_QUOTED = r"""(?:"[^ \t\r\n;{}\\"]*+"|'[^ \t\r\n;{}\\']*+')(?=[ \t\r\n;{])"""
_WORD = rf"""(?:(?![}}#])(?:[^ \t\r\n;{{\\$"']++|\$\{{*+|\\[^ \t\r\n{{])++|{_QUOTED})"""
# The group of further words is not possessive: Python before 3.11.5 then takes the first sign of a word that it gave up (gh-106052), so
# `return 503 '{"a": 1}'` became a block. What follows a word is a blank or the end, so there is nothing to go back for all the same.
_SIMPLE = re.compile(
    rf"[ \t\r\n]*+(?:(?P<words>{_WORD}(?:[ \t\r\n]++{_WORD})*[ \t\r\n]*+)[;{{](?![{{%])|(?P<close>\}})|(?P<comment>#[^\n]*+))"
)
# More than this many reports help nobody and would only fill memory.
MOST_REPORTS = 1000
# Each quote that nothing closes costs a look at the whole rest of the file.
MOST_UNCLOSED = 5
# Seen in 1.22 and 1.31.
MARK = (
    "a byte order mark stands at the head of the file, an invisible sign that nginx takes for a part of the first word: it refuses the "
    "file. Save it as UTF-8 without one"
)
# What names and numbers are made of.
_PLAIN = regexp(r"[\w.-]{1,40}", re.ASCII)


def told(word: str) -> str:
    """A word as a message may repeat it: only what could be a name or a number, as an `include` may name a file of passwords too."""
    return f"`{word}`" if _PLAIN.fullmatch(word) else "a word"


def _other_space(text: str) -> bool:
    # In 633 KB of ASCII the expression takes 13 ms and these looks together 0.1 ms.
    return any(sign in text for sign in _ASCII_SPACE) if text.isascii() else _OTHER_SPACE.search(text) is not None


class Reader:
    """Reads one file. After `run`: `body` its top-level directives, `includes` each include with the list that it stands in."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.body: list[Directive] = []
        self.includes: list[tuple[list[Directive], Directive]] = []
        self.could_not: list[CouldNot] = []
        self.template = False
        self.unclosed = 0
        self.open: list[tuple[list[Directive], Directive]] = []
        self.into = self.body

    def cannot(self, at: int, reason: str) -> None:
        """Report the line of this offset."""
        if len(self.could_not) < MOST_REPORTS:
            self.could_not.append(CouldNot(self.source.file, brief(reason), self.source.line(at)))

    def run(self) -> None:
        """Read all of it."""
        source, text, size = self.source, self.source.text, len(self.source.text)
        # ERB's and Terraform's signs look like words, which only the slower way looks at one by one.
        odd = "<%" in text or "%{" in text or _other_space(text)
        simple = _SIMPLE.match
        at = 0
        if text.startswith("\ufeff"):
            self.cannot(0, MARK)
            at = 1
        while at < size and not self.template:
            found = None if odd else simple(text, at)
            if found is None:
                at = self.slowly(at)
                continue
            end = found.end()
            kind = found.lastgroup
            if kind == "words":
                if end - at > LONGEST and self.too_long(found.start("words"), end):
                    at = end
                    continue
                written = found["words"]
                words = written.split()
                if '"' in written or "'" in written:
                    words = [word[1:-1] if word[0] in "\"'" else word for word in words]
                if "\\" in written:
                    words = [unescape(word) for word in words]
                name = words[0]
                if text[end - 1] == ";" and name != "include":
                    # As `add` does: of ten directives nine are such.
                    self.into.append(Directive(source, name, tuple(words[1:]), found.start("words"), end))
                    at = end
                else:
                    at = self.add(name, tuple(words[1:]), found.start("words"), end)
            elif kind == "close":
                at = self.close(end)
            else:
                if end - found.start("comment") > LONGEST:
                    self.long_comment(found.start("comment"), end)
                at = end
        if self.template:
            return
        for _, block in self.open:
            self.cannot(block.start, f"the block `{block.name}` is never closed: `}}` is missing, and nginx refuses the file. Add it")

    def add(self, name: str, args: tuple[str, ...], start: int, end: int) -> int:
        """Take a directive that ends at `end` with `;` or `{`; returns where to read on."""
        directive = Directive(self.source, name, args, start, end)
        self.into.append(directive)
        if self.source.text[end - 1] == ";":
            if name == "include":
                self.includes.append((self.into, directive))
            return end
        directive.body = []
        if name.endswith("_by_lua_block"):
            closing = end_of_lua(self.source.text, end)
            if closing is None:
                self.cannot(
                    start, f"the Lua in `{name}` is never closed: `}}` or the end of a string is missing. The rest of the file was not read"
                )
                return len(self.source.text)
            directive.close = closing + 1
            return closing + 1
        self.open.append((self.into, directive))
        self.into = directive.body
        return end

    def close(self, end: int) -> int:
        """A `}` that ends at `end`."""
        if not self.open:
            self.cannot(
                end - 1,
                "unexpected `}`: it closes no block, and nginx refuses the file. Remove it, or look for a `{` that is missing above",
            )
            return end
        self.into, block = self.open.pop()
        block.close = end
        return end

    def long_comment(self, start: int, end: int) -> None:
        length = byte_length(self.source.text[start:end])
        last = end == len(self.source.text)
        if length > LONGEST + last:
            self.cannot(
                start, f"a comment of {length} bytes: nginx reads at most {LONGEST} in one piece and refuses the file. Break the line"
            )

    def too_long(self, start: int, end: int) -> bool:
        """Whether a word in these characters is longer than nginx reads; then it is reported."""
        at = start
        while at < end and (found := token(self.source.text, at, end)):
            at = found.end()
            if found.lastgroup == "comment" and at - found.start() > LONGEST:
                self.long_comment(found.start(), at)
            elif found.lastgroup in ("word", "quoted") and at - found.start() > LONGEST - 1:
                length = byte_length(found.group()) - (found.lastgroup == "quoted")
                if length > LONGEST:
                    reason = f"a word of {length} bytes: nginx reads at most {LONGEST} in one piece and refuses the file"
                    self.cannot(found.start(), f"{reason}. Look for a quote or `;` that is missing")
                    return True
        return False

    def slowly(self, at: int) -> int:
        """Read one directive word by word; returns where to read on."""
        text, size = self.source.text, len(self.source.text)
        words: list[str] = []
        start = at
        glued = False
        while at < size and (found := token(text, at)):
            kind, begin, at = found.lastgroup, found.start(), found.end()
            if kind is None:
                glued = False
                continue
            if glued and kind != "sign" and text[begin] != ")":
                self.cannot(begin, f"unexpected `{text[begin]}` behind a closing quote: nginx refuses the line. Put a space or `;` there")
            glued = kind == "quoted"
            if kind == "comment":
                if at - begin > LONGEST:
                    self.long_comment(begin, at)
                if not words:
                    return at
                continue
            if kind == "bad":
                return self.broken(begin, words, start)
            if kind == "sign":
                return self.sign(text[begin], words, start, at)
            if text.startswith("<%", begin) and (reason := template_reason(text, begin)):
                return self.is_template(begin, reason)
            if not words:
                start = begin
            if at - begin > LONGEST - 1:
                self.too_long(begin, at)
            words.append(unescape(found.group()[1:-1] if kind == "quoted" else found.group()))
        if words:
            self.cannot(start, f"the file ends inside {told(words[0])}: `;` or `}}` is missing, and nginx refuses the file. Add it")
        return size

    def sign(self, sign: str, words: list[str], start: int, end: int) -> int:
        """`;`, `{` or `}` behind the words of a directive."""
        text = self.source.text
        if sign == "{" and (reason := template_reason(text, end - 1)):
            return self.is_template(end - 1, reason)
        if sign == "}":
            if words:
                reason = f"unexpected `}}`: the line above does not end, `;` is missing behind {told(words[-1])}"
                self.cannot(start, f"{reason}, and nginx refuses the file. Add it")
                self.into.append(Directive(self.source, words[0], tuple(words[1:]), start, end - 1))
            return self.close(end)
        if not words:
            self.cannot(end - 1, f"unexpected `{sign}`: there is no directive in front of it, and nginx refuses the file. Remove it")
            if sign == "{":
                # Read its content as a block nevertheless, or its `}` would close the block around it.
                return self.add("", (), end - 1, end)
            return end
        return self.add(words[0], tuple(words[1:]), start, end)

    def broken(self, at: int, words: list[str], start: int) -> int:
        """A quote or a backslash that nothing ends: the rest of the file is one word to nginx."""
        self.cannot(
            at,
            f"the quote `{self.source.text[at]}` is never closed: nginx takes the rest of the file for one word and refuses it. Close it",
        )
        line_end = self.source.text.find("\n", at)
        self.unclosed += 1
        if line_end < 0 or self.unclosed > MOST_UNCLOSED:
            return len(self.source.text)
        # The rest is still worth reading: as if the quote ended with its line.
        name = words[0] if words else ""
        tail = self.source.text[at:line_end].rstrip()
        if name and tail.endswith("{"):
            return self.add(name, tuple(words[1:]), start, at + len(tail))
        return line_end

    def is_template(self, at: int, reason: str) -> int:
        """Stop: what follows is no configuration yet."""
        self.template = True
        self.body.clear()
        self.includes.clear()
        self.open.clear()
        self.could_not = [CouldNot(self.source.file, reason, self.source.line(at))]
        return len(self.source.text)
