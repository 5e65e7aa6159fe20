"""Regular expressions that PCRE refuses whatever its version: brackets that do not match, and quantifiers of nothing."""

import re
from functools import lru_cache

from poise.model.regexp import regexp

_CLASS = regexp(r"\[\^?\]?(?:[^\]\\]|\\[\s\S]|\[:\w+:\])*+\]")
_QUANTIFIER = regexp(r"[*+?]|\{\d+(?:,\d*)?\}")
_QUOTED = regexp(r"\\Q[\s\S]*?(?:\\E|\Z)")


@lru_cache(maxsize=256)
def regex_problem(pattern: str) -> str | None:
    """Why the expression cannot be compiled; None where nothing is seen."""
    depth, at, size = 0, 0, len(pattern)
    # Whether something stands in front that a quantifier can repeat.
    repeatable = False
    while at < size:
        sign = pattern[at]
        if sign == "\\":
            if at + 1 == size:
                return "it ends with a backslash"
            quoted = _QUOTED.match(pattern, at)
            at = quoted.end() if quoted else at + 2
            repeatable = True
        elif sign == "[":
            found = _CLASS.match(pattern, at)
            if found is None:
                return "`[` is never closed"
            at, repeatable = found.end(), True
        elif sign == "(":
            depth += 1
            at += 1
            if pattern.startswith(("?#", "*"), at):
                closing = pattern.find(")", at)
                if closing < 0:
                    return "`(` is never closed"
                at, depth, repeatable = closing + 1, depth - 1, True
                continue
            group = re.compile(r"\?(?:P?<[\w]+>|'\w+'|[:=!>|]|<[=!]|[\w^-]*[:)]?)").match(pattern, at)
            if group:
                at = group.end()
                if group.group().endswith(")"):
                    depth -= 1
            repeatable = False
        elif sign == ")":
            depth -= 1
            if depth < 0:
                return "`)` closes nothing"
            at, repeatable = at + 1, True
        elif found := _QUANTIFIER.match(pattern, at):
            if not repeatable:
                return f"`{found.group()}` has nothing in front of it to repeat"
            at = found.end()
            if pattern[at : at + 1] in ("?", "+"):
                at += 1
            repeatable = False
        else:
            repeatable = sign != "|"
            at += 1
    return "`(` is never closed" if depth else None
