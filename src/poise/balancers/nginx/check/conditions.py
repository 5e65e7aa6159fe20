"""The conditions of `if` in http (ngx_http_rewrite_module)."""

from poise.balancers.nginx.check.regexes import regex_problem

_COMPARISONS = frozenset(("=", "!=", "~", "~*", "!~", "!~*"))
_FILE_TESTS = frozenset("-" + letter for letter in "fdex") | frozenset("!-" + letter for letter in "fdex")


def condition_problem(args: tuple[str, ...]) -> str | None:
    """What nginx would refuse of the words between `if` and `{`."""
    words = list(args)
    if not words or not words[0].startswith("("):
        return "the condition must stand in brackets: `if ($variable = value)`"
    if words[0] == "(":
        words.pop(0)
    else:
        words[0] = words[0][1:]
    if not words or not words[-1].endswith(")"):
        return "the condition has no closing bracket"
    if words[-1] == ")":
        words.pop()
    else:
        words[-1] = words[-1][:-1]
    if not words:
        return "the condition is empty"
    if len(words[0]) > 1 and words[0].startswith("$"):
        return _comparison(words)
    if words[0] in _FILE_TESTS:
        return None if len(words) == 2 else f"behind `{words[0]}` one file name must stand"
    return f"`{words[0]}` begins no condition: write a variable (`$name`) or a file test (-f, -d, -e, -x)"


def _comparison(words: list[str]) -> str | None:
    if len(words) == 1:
        return None
    if len(words) != 3:
        return "the condition must be a variable alone, or a variable, an operator and one value. Quote values with spaces"
    if words[1] not in _COMPARISONS:
        return f"`{words[1]}` is no operator: nginx knows =, !=, ~, ~*, !~ and !~*"
    if "~" in words[1] and (problem := regex_problem(words[2])):
        return f"the regular expression `{words[2]}` is broken: {problem}"
    return None
