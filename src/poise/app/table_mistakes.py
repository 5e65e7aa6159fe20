"""What is wrong in a TOML file that people write: every mistake at once, each with its key and line. No value is repeated."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

from cattrs.errors import AttributeValidationNote, BaseValidationError, ForbiddenExtraKeysError, IterableValidationNote

from poise.app.needs_values import WrongError, converter_of_needs

# Who has made more mistakes than this has made one of them many times.
MOST_MISTAKES = 200
Mistake = tuple[tuple[str, ...], str]
_CONVERTER = converter_of_needs()


def _walk(problem: BaseException, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each mistake with the path of keys that leads to it."""
    step: tuple[str, ...] = ()
    for note in getattr(problem, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            step = (note.name,)
        elif isinstance(note, IterableValidationNote):
            step = (str(note.index),)
    where = at + step
    if isinstance(problem, BaseValidationError):
        for inner in problem.exceptions:
            yield from _walk(inner, where)
    elif isinstance(problem, ForbiddenExtraKeysError):
        known = [each.name for each in fields(problem.cl)]
        for key in sorted(problem.extra_fields):
            close = difflib.get_close_matches(key, known, 1)
            meant = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}"
            yield (*where, key), f"is not a key that poise knows. {meant}"
    elif isinstance(problem, KeyError):
        yield at, f"lacks the key `{problem.args[0]}`. Add it"
    elif isinstance(problem, WrongError):
        yield where, str(problem)
    else:
        yield where, "is not of the kind that stands here"


def line_of(lines: Sequence[str], path: tuple[str, ...]) -> int | None:
    """The line that most likely holds the last key of `path`: the first that names it below its table's header."""
    header = 0
    for depth in range(len(path), 0, -1):
        wanted = ".".join(path[:depth]).replace('"', "")
        found = next(
            (i for i, line in enumerate(lines) if line.strip().strip("[]").replace('"', "") == wanted and line.strip()[:1] == "["), None
        )
        if found is not None:
            if depth == len(path):
                return found + 1
            header = found + 1
            break
    # An inline table's key has no line of its own; its table's has.
    for key in reversed(path):
        found = next((i for i in range(header, len(lines)) if lines[i].strip().strip('"').startswith(key)), None)
        if found is not None:
            return found + 1
    # A table that is only named in the headers of those below it.
    return header or next((i for i, line in enumerate(lines, 1) if line.strip().startswith((f"[{path[0]}.", f"[[{path[0]}"))), None)


def structure(kind: type, value: Any, at: tuple[str, ...]) -> tuple[Any, list[Mistake]]:
    """The table as a value of that kind, None with the mistakes in it where it is none."""
    if not isinstance(value, Mapping):
        return None, [(at, f"must be a table: write [{'.'.join(at)}]")]
    try:
        return _CONVERTER.structure(value, kind), []
    except BaseValidationError as problem:
        return None, list(islice(_walk(problem, at), MOST_MISTAKES + 1))
