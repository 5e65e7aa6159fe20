"""Lines as the reader wants them: entities as their signs, LaTeX as lists, rare ways to write a date or a time as common ones.

None changes its number, and what is quoted is the line as it was written."""

import html
import re
from collections.abc import Sequence
from datetime import date

from poise.model.regexp import regexp

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# At the beginning of a line, behind marks of a list.
_DOTTED_ENTRY = regexp(r"(?:[\s>*+•–|\[(_-]|\d{1,2}\)\s){0,12}(?:[01]?\d|2[0-3])\.[0-5]\d(?!\d|\.\d|\s?%|[A-Za-z])")
_DOTTED = regexp(
    r"(?<![\w.,:/$€£#+-])([01]?\d|2[0-3])\.([0-5]\d)(?!\d|[.,:/]\d|\s?(?:%|percent|per cent|[KMGT]i?B|m?s\b|EUR|USD|GBP|times\b))"
)
_HOURED = regexp(r"((?:[\s>*+•–|\[(_-]){0,12})([01]\d|2[0-3])\s?[hH]\s?([0-5]\d)(?!\w|\s?min)")
_COLON = regexp(r"(?<![\w.:/])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")
# So many entries with points, and none with a colon, are a habit.
HABIT = 3
_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    # 052210Z MAR 24, as armies and airlines write it
    (regexp(rf"\b([0-3]\d)([0-2]\d)([0-5]\d)Z ({_MONTH}) (\d\d)\b", re.IGNORECASE), r"\1 \4 20\5 \2:\3Z"),
    # 20240305-2210, 2024-03-05_22:10
    (regexp(r"\b(20\d\d)-?([01]\d)-?([0-3]\d)[_ -]([0-2]\d):?([0-5]\d)\b(?!:\d|-\d)"), r"\1-\2-\3 \4:\5"),
    # 2024-Mar-05 and 05/Mar/24
    (regexp(rf"\b(20\d\d)-({_MONTH})-(\d\d?)\b", re.IGNORECASE), r"\3 \2 \1"),
    (regexp(rf"\b(\d\d?)/({_MONTH})/(\d\d)(?=,? \d)", re.IGNORECASE), r"\1 \2 20\3"),
    # 05.03.24, 22:10
    (regexp(r"(?<![\d.])(\d\d)\.(\d\d)\.(\d\d)(?=,? \d\d:\d\d)"), r"\1.\2.20\3"),
    # <13>Mar  5 of a log, |-- of a tree, "22:10": of YAML
    (regexp(r"^<\d{1,3}>"), ""),
    (regexp(r"^\s*[|│├└]+\s?[-─]+\s"), "- "),
    (regexp(r"^\s*[\"'](\d\d:\d\d(?::\d\d)?)[\"']:\s"), r"- \1 "),
)
_LATEX: tuple[tuple[re.Pattern[str], str], ...] = (
    (regexp(r"^\s*\\(?:chapter|section)\*?\{(.{1,200})\}\s*$"), r"# \1"),
    (regexp(r"^\s*\\subs?u?b?section\*?\{(.{1,200})\}\s*$"), r"## \1"),
    (regexp(r"^\s*\\item(?:\[([^\]]{0,60})\])?\s*"), r"- \1 "),
    (regexp(r"^\s*\\(?:begin|end|hline|maketitle)\b.*$"), ""),
    (regexp(r"\s*\\\\\s*$"), ""),
    (regexp(r"\\(?:textbf|textit|emph|texttt)\{([^{}]{0,200})\}"), r"\1"),
)
_WEEK = regexp(r"\b(20\d\d)-W(\d\d)-([1-7])\b")


def prepared(lines: Sequence[str]) -> list[str]:
    """The lines; those of a document whose clock has points or an h throughout (`13.45`, `13 h 45`) with colons."""
    made = [_rewritten(html.unescape(line) if "&" in line and ";" in line else line) for line in lines]
    if any(line.lstrip().startswith(("\\section", "\\item", "\\begin")) for line in lines):
        for pattern, new in _LATEX:
            made = [pattern.sub(new, line) if "\\" in line else line for line in made]
    if any(_COLON.search(line) for line in made):
        return made
    if sum(_DOTTED_ENTRY.match(line) is not None for line in made) >= HABIT:
        made = [_DOTTED.sub(r"\1:\2", line) if "." in line else line for line in made]
    elif sum(_HOURED.match(line) is not None for line in made) >= HABIT:
        made = [_HOURED.sub(r"\1\2:\3", line, count=1) if _HOURED.match(line) else line for line in made]
    return made


def _rewritten(line: str) -> str:
    if not any(c.isdigit() for c in line) or "://" in line:
        return line
    for pattern, new in _REWRITTEN:
        line = pattern.sub(new, line)
    return _WEEK.sub(_day_of_week, line) if "-W" in line else line


def _day_of_week(found: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return found[0]
