"""The page that a unit's docstring is: a line that sums up, then sections with examples in fences. Pure."""

import re

SECTIONS = ("What it finds", "Why it hurts", "Bad", "Good", "How sure", "See also")


def summary(page: str | None) -> str:
    """The first line of the page."""
    return (page or "").strip().partition("\n")[0]


def section(page: str | None, title: str) -> str:
    """The text of one section of the page, without its heading; empty if it is not there. A line within a fence is no heading."""
    text, inside, fence = [], False, ""
    for line in (page or "").split("\n"):
        mark = re.match(r"(````*|~~~~*)", line)
        if mark and (not fence or line.startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and line.startswith("## "):
            inside = line == f"## {title}"
            continue
        if inside:
            text.append(line)
    return "\n".join(text).strip()


def examples(text: str, language: str) -> tuple[str, ...]:
    """The fenced blocks of that language, in order."""
    return tuple(re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
