"""Whether RE2, Envoy's engine for regular expressions, takes a pattern. Pure, linear in the pattern.

Checked with Envoy 1.40; source: https://github.com/google/re2/wiki/Syntax
"""

import re

from poise.model.regexp import regexp

_ESCAPES = frozenset("aftnrvdDsSwWbBAzCpPQEx0123456789")
_GROUP = regexp(r"\(\?(?:[imsU-]*[:)]|P?<[A-Za-z_]\w*>)")
_COUNT = regexp(r"\{(\d+)(,(\d*))?\}")
_SPAN = regexp(r"([^\\\]])-([^\\\]])")
_NAMED_CLASS = regexp(r"\[:\^?\w+:\]")


def wrong_regex(pattern: str) -> str | None:
    """Why RE2 refuses the pattern, None where nothing is found that it refuses."""
    return _Scanner(pattern).run()


class _Scanner:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.depth = 0
        # What stands before: nothing that could be repeated, something, or a repetition.
        self.before = "nothing"

    def run(self) -> str | None:
        while self.at < len(self.pattern):
            problem = self.step()
            if problem is not None:
                return problem
        return "a closing parenthesis is missing" if self.depth else None

    def step(self) -> str | None:
        sign = self.pattern[self.at]
        if sign == "\\":
            return self.escape()
        if sign == "[":
            return self.characters()
        if sign in "*+?":
            return self.repeat()
        count = _COUNT.match(self.pattern, self.at) if sign == "{" else None
        if count is not None:
            return self.count(count)
        if sign == "(":
            return self.group()
        self.at += 1
        if sign == ")":
            self.depth -= 1
            if self.depth < 0:
                return "a parenthesis is closed that was not opened"
        self.before = "nothing" if sign == "|" else "something"
        return None

    def escape(self) -> str | None:
        sign = self.pattern[self.at + 1 : self.at + 2]
        if not sign:
            return "it ends in a single backslash"
        if sign == "Q":
            end = self.pattern.find("\\E", self.at)
            self.at = len(self.pattern) if end < 0 else end + 2
        elif sign in "123456789" and self.pattern[self.at + 2 : self.at + 3] not in tuple("01234567"):
            return f"references back (`\\{sign}`) are not known to RE2"
        elif sign.isascii() and sign.isalnum() and sign not in _ESCAPES:
            return f"`\\{sign}` is no escape that RE2 knows"
        else:
            self.at += 2
        self.before = "something"
        return None

    def characters(self) -> str | None:
        """A class in brackets."""
        start = self.at
        self.at += 2 if self.pattern[self.at + 1 : self.at + 2] == "^" else 1
        first = True
        while self.at < len(self.pattern):
            named = _NAMED_CLASS.match(self.pattern, self.at)
            if named is not None:
                self.at = named.end()
            elif self.pattern[self.at] == "]" and not first:
                self.at += 1
                self.before = "something"
                return None
            else:
                span = _SPAN.match(self.pattern, self.at)
                if span is not None and span[1] > span[2]:
                    return f"the range `{span[0]}` runs backwards"
                self.at = span.end() if span is not None else self.at + (2 if self.pattern[self.at] == "\\" else 1)
            first = False
        return f"the bracket opened at character {start + 1} is not closed"

    def repeat(self) -> str | None:
        sign = self.pattern[self.at]
        if self.before == "nothing":
            return f"`{sign}` has nothing to repeat"
        if self.before == "repeat":
            return f"`{self.pattern[self.at - 1 : self.at + 1]}` repeats a repetition"
        self.at += 1
        if self.pattern[self.at : self.at + 1] == "?":
            self.at += 1
        self.before = "repeat"
        return None

    def count(self, found: re.Match[str]) -> str | None:
        low, high = int(found[1][:9]), int((found[3] or found[1])[:9])
        if self.before == "nothing":
            return f"`{found[0]}` has nothing to repeat"
        if max(low, high) > 1000 or high < low:
            return f"RE2 does not repeat {found[0]} times: at most 1000"
        self.at = found.end()
        if self.pattern[self.at : self.at + 1] == "?":
            self.at += 1
        self.before = "something"
        return None

    def group(self) -> str | None:
        if self.pattern.startswith("(?", self.at):
            found = _GROUP.match(self.pattern, self.at)
            if found is None:
                return f"`{self.pattern[self.at : self.at + 4]}` (looking ahead or behind, or atomic) is not known to RE2"
            self.at = found.end()
            if found[0].endswith(")"):
                return None
        else:
            self.at += 1
        self.depth += 1
        self.before = "nothing"
        return None
