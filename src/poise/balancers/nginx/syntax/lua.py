"""Finds the end of a block of Lua (`content_by_lua_block { … }`): braces in its strings and comments do not count.

Source: Lua 5.1 reference manual, 2.1; the block form of the lua-nginx-module.
"""

from poise.model.regexp import regexp

_TOKEN = regexp(
    r"""[^"'\-\[{}]++|"(?:[^"\\]|\\[\s\S])*+"|'(?:[^'\\]|\\[\s\S])*+'|(?P<long>(?:--)?\[(?P<level>=*)\[)|--[^\n]*+|(?P<brace>[{}])|(?P<other>[\s\S])"""
)


def end_of_lua(text: str, at: int) -> int | None:
    """The offset of the `}` that closes the block whose content begins at `at`; None where it is never closed."""
    depth = 1
    while found := _TOKEN.match(text, at):
        at = found.end()
        if found["brace"]:
            depth += 1 if found["brace"] == "{" else -1
            if depth == 0:
                return found.start()
        elif found["long"]:
            closing = text.find(f"]{found['level']}]", at)
            if closing < 0:
                return None
            at = closing + len(found["level"]) + 2
        elif found["other"] in ('"', "'"):
            return None
    return None
