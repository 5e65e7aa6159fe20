"""File name patterns as `include` takes them: those of glob(3), where `*` and `?` match no `/` and no dot that begins a name."""

import re
from functools import lru_cache

from poise.model.regexp import regexp

_SIGNS = frozenset("*?[")
_SET = regexp(r"\[([!^]?)(\]?[^\]]*)\]")


def is_glob(pattern: str) -> bool:
    """Whether nginx treats the name as a pattern, which may match nothing."""
    return not _SIGNS.isdisjoint(pattern)


def _fixed(piece: str) -> str:
    """The expression for a piece of a name without `*`."""
    out: list[str] = []
    at = 0
    while at < len(piece):
        found = _SET.match(piece, at) if piece[at] == "[" else None
        if found:
            members = re.sub(r"([\\\[\]^&|~])", r"\\\1", found[2])
            out.append(f"[{'^/' if found[1] else ''}{members}]")
            at = found.end()
            continue
        out.append("[^/]" if piece[at] == "?" else re.escape(piece[at]))
        at += 1
    return "".join(out)


def _segment(segment: str) -> str:
    """The expression for what stands between two slashes. Atomic groups keep the matching from trying every way to split a name."""
    first, *rest = segment.split("*")
    hidden = "(?!\\.)" if segment[:1] and segment[0] in _SIGNS else ""
    if not rest:
        return hidden + _fixed(first)
    middle = "".join(f"(?>[^/]*?{_fixed(piece)})" for piece in rest[:-1] if piece)
    return f"{hidden}{_fixed(first)}{middle}[^/]*{_fixed(rest[-1])}"


@lru_cache(maxsize=256)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A regular expression that matches what the pattern does, as a whole."""
    try:
        return re.compile("/".join(map(_segment, pattern.split("/"))), re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
