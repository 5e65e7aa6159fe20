"""Lines as the reader wants them: entities of HTML as their signs, times with a point as times with a colon. None changes its number."""

import html
from collections.abc import Sequence

from poise.model.regexp import regexp

# At the beginning of a line, behind marks of a list.
_DOTTED_ENTRY = regexp(r"(?:[\s>*+•–|\[(_-]|\d{1,2}\)\s){0,12}(?:[01]?\d|2[0-3])\.[0-5]\d(?!\d|\.\d|\s?%|[A-Za-z])")
_DOTTED = regexp(
    r"(?<![\w.,:/$€£#+-])([01]?\d|2[0-3])\.([0-5]\d)(?!\d|[.,:/]\d|\s?(?:%|percent|per cent|[KMGT]i?B|m?s\b|EUR|USD|GBP|times\b))"
)
_COLON = regexp(r"(?<![\w.:/])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")
# So many entries with points, and none with a colon, are a habit.
HABIT = 3


def prepared(lines: Sequence[str]) -> list[str]:
    """The lines; those of a document whose clock has points throughout (`13.45`) with colons."""
    made = [html.unescape(line) if "&" in line and ";" in line else line for line in lines]
    if sum(_DOTTED_ENTRY.match(line) is not None for line in made) >= HABIT and not any(_COLON.search(line) for line in made):
        made = [_DOTTED.sub(r"\1:\2", line) if "." in line else line for line in made]
    return made
