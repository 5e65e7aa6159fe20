"""The words of one nginx directive: what separates them, quotes and escapes.

Follows the tokenizer of nginx (ngx_conf_file.c), checked with 1.22 and 1.31: only space, tab, CR and LF separate; a quote counts at the
start of a word only; `{` ends a word unless `$` stands in front; `}` and `#` are special at the start of a word only.
"""

import re
from typing import NamedTuple

# One plain word. Possessive, so that no text makes the matching slow.
PLAIN = r"""(?![}#"'])(?:[^ \t\r\n;{\\$]|\$\{*+|\\[\s\S])++"""
_DOUBLE = r'"(?:[^"\\]|\\[\s\S])*+"'
_SINGLE = r"'(?:[^'\\]|\\[\s\S])*+'"
_TOKEN = re.compile(
    rf"[ \t\r\n]++|(?P<comment>#[^\n]*+)|(?P<quoted>{_DOUBLE}|{_SINGLE})|(?P<word>{PLAIN})|(?P<sign>[;{{}}])|(?P<bad>[\s\S])"
)
_ESCAPE = re.compile(r"""\\(["'\\trn])""")
_MEANING = {"t": "\t", "r": "\r", "n": "\n"}

# What makes a directive more than words and spaces, and a word where there is none of it.
_SPECIAL = re.compile(r"[\"'\\#}]")
_BARE = re.compile(r"(?:[^ \t\r\n;{$]|\$\{*+)++")

token = _TOKEN.match
special = _SPECIAL.search


class Word(NamedTuple):
    """One word as nginx sees it: `value` without quotes and escapes; `start`, `end` are character offsets, quotes included."""

    value: str
    start: int
    end: int


def unescape(raw: str) -> str:
    """The value of a word's characters: `\\"`, `\\'`, `\\\\`, `\\t`, `\\r`, `\\n` count, any other backslash stays."""
    return _ESCAPE.sub(lambda found: _MEANING.get(found[1], found[1]), raw) if "\\" in raw else raw


def words_of(text: str, start: int, end: int) -> list[Word]:
    """The words between two offsets, comments and signs left out."""
    if special(text, start, end) is None:
        return [Word(found.group(), found.start(), found.end()) for found in _BARE.finditer(text, start, end)]
    words: list[Word] = []
    at = start
    while at < end:
        found = _TOKEN.match(text, at, end)
        if found is None:
            break
        kind, at = found.lastgroup, found.end()
        if kind == "quoted":
            words.append(Word(unescape(found.group()[1:-1]), found.start(), at))
        elif kind == "word":
            words.append(Word(unescape(found.group()), found.start(), at))
    return words
