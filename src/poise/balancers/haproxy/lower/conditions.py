"""The `if …` and `unless …` at the end of a rule, as written."""

from collections.abc import Sequence

from poise.balancers.haproxy.document import Line, Word


def condition_at(words: Sequence[Word]) -> int | None:
    """The index of the `if` or `unless` that begins the condition, None if there is none."""
    return next((i for i, word in enumerate(words) if word.value in ("if", "unless")), None)


def condition(line: Line, start: int) -> str | None:
    """The text from word `start` to the last word, as written in the file."""
    if start >= len(line.words):
        return None
    return line.raw[line.words[start].start : line.words[-1].end]
