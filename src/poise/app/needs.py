"""Reads poise.toml, every mistake in it at once. Values of secrets are never repeated in a message."""

import difflib
import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import cattrs
from cattrs.errors import AttributeValidationNote, BaseValidationError, ForbiddenExtraKeysError, IterableValidationNote

from poise.model.could_not import CouldNot
from poise.model.needs import Acceptance, Needs, PoolNeeds, Watch

FILE_NAME = "poise.toml"
_TABLES = ("pool", "accept", "watch")
_Split = Literal["even"] | Mapping[str, float] | None


class _WrongError(ValueError):
    """A value of the wrong kind; the message says which kind is wanted, never the value."""


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)

    def of_kind(wanted: str, *kinds: type) -> Any:
        def structure(value: Any, _: Any) -> Any:
            # bool is an int to Python and a date-time a date, but not to who writes the file.
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or isinstance(value, datetime):
                raise _WrongError(f"must be {wanted}")
            return value

        return structure

    any_number = of_kind("a number", int, float)

    def number(value: Any, kind: Any) -> float:
        return float(any_number(value, kind))

    converter.register_structure_hook(str, of_kind('text in quotes, e.g. "app1"', str))
    converter.register_structure_hook(int, of_kind("a whole number", int))
    converter.register_structure_hook(float, number)
    converter.register_structure_hook(bool, of_kind("true or false", bool))
    converter.register_structure_hook(date, of_kind("a date without quotes, e.g. 2027-01-31", date))

    def split(value: Any, _: Any) -> Any:
        if value == "even":
            return value
        if not isinstance(value, Mapping) or not value:
            raise _WrongError('must be "even" or capacity ratios such as {app1 = 2, app2 = 1}')
        ratios = {str(name): number(ratio, float) for name, ratio in value.items()}
        if any(not math.isfinite(ratio) or ratio < 0 for ratio in ratios.values()) or not sum(ratios.values()):
            raise _WrongError("must hold ratios of at least 0, one of them above 0")
        return ratios

    def texts(value: Any, _: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _WrongError('must be a list of texts, e.g. ["app1", "app2"]')
        return tuple(value)

    converter.register_structure_hook_func(lambda kind: kind == _Split, split)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], texts)
    return converter


_CONVERTER = _converter()
# What a value must satisfy beyond its kind: by key, the test and how to say it.
_RANGES: Mapping[str, tuple[float, float, str]] = {
    "max_share": (1e-9, 1.0, "must be above 0 and at most 1: a share of the pool's traffic"),
    "availability": (1e-9, 1.0, "must be above 0 and at most 1, e.g. 0.999"),
    "latency_p99_ms": (1e-9, math.inf, "must be above 0 milliseconds"),
    "survive": (0, math.inf, "must be 0 or more servers"),
    "peak_requests_per_second": (0, math.inf, "must be 0 or more"),
    "concurrency_per_server": (1, math.inf, "must be 1 or more"),
    "service_time_ms": (1e-9, math.inf, "must be above 0 milliseconds"),
    "cost_per_minute": (0, math.inf, "must be 0 or more"),
    "load_balancers": (1, math.inf, "must be 1 or more"),
    "hot_key_share": (0, 1.0, "must be 0 to 1: a share of the pool's requests"),
    "sessions": (1, math.inf, "must be 1 or more clients"),
    "session_minutes": (1e-9, math.inf, "must be above 0 minutes"),
    "instances": (1, math.inf, "must be 1 or more servers"),
}


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
    elif isinstance(problem, _WrongError):
        yield where, str(problem)
    else:
        yield where, "is not of the kind that stands here"


def _line(text: str, path: tuple[str, ...]) -> int | None:
    """The line that most likely holds the last key of `path`: the first that names it below its table's header."""
    lines = text.splitlines()
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
    return header or None


def _structure(kind: type, value: Any, at: tuple[str, ...]) -> tuple[Any, list[tuple[tuple[str, ...], str]]]:
    if not isinstance(value, Mapping):
        return None, [(at, f"must be a table: write [{'.'.join(at)}]")]
    try:
        return _CONVERTER.structure(value, kind), []
    except BaseValidationError as problem:
        return None, list(_walk(problem, at))


def _ranges(value: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, entry in value.items():
        if isinstance(entry, Mapping) and key == "objectives":
            yield from _ranges(entry, (*at, key))
        elif key in _RANGES and isinstance(entry, int | float) and not isinstance(entry, bool):
            low, high, wanted = _RANGES[key]
            if not low <= entry <= high:
                yield (*at, key), wanted


def _tables(data: Mapping[str, Any], name: str, problems: list[tuple[tuple[str, ...], str]]) -> Mapping[str, Any]:
    value = data.get(name, {})
    if isinstance(value, Mapping):
        return value
    problems.append(((name,), f"must be tables: write [{name}.NAME]"))
    return {}


def parse_needs(text: str, file: str) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The needs that the text of a poise.toml declares, and every mistake in it. A table with a mistake counts as not declared."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        # tomllib's messages hold a place and the kind of mistake, never the value.
        return Needs(), (CouldNot(file, f"it is not TOML: {problem}. Correct that line; nothing in the file counts until then"),)
    except RecursionError:
        return Needs(), (CouldNot(file, "it is nested too deeply to read"),)
    problems: list[tuple[tuple[str, ...], str]] = []
    for key in data:
        if key not in _TABLES:
            close = difflib.get_close_matches(key, _TABLES, 1)
            meant = f"Did you mean `{close[0]}`?" if close else "Known tables: [pool.NAME], [accept.RULE], [watch]"
            problems.append(((key,), f"is not a table that poise knows. {meant}"))
    pools: dict[str, PoolNeeds] = {}
    for name, value in _tables(data, "pool", problems).items():
        needs, wrong = _structure(PoolNeeds, value, ("pool", name))
        wrong += list(_ranges(value, ("pool", name))) if isinstance(value, Mapping) else []
        problems += wrong
        if needs is not None and not wrong:
            pools[name] = needs
    accepted: list[Acceptance] = []
    for rule, entry in _tables(data, "accept", problems).items():
        for value in entry if isinstance(entry, list) else [entry]:
            if isinstance(value, Mapping) and "rule" in value:
                problems.append((("accept", rule, "rule"), "is not a key that poise knows: the rule's name stands in the table's header"))
                continue
            acceptance, wrong = _structure(Acceptance, {**value, "rule": rule} if isinstance(value, Mapping) else value, ("accept", rule))
            problems += wrong
            if acceptance is not None:
                accepted.append(acceptance)
    watch, wrong = _structure(Watch, data.get("watch", {}), ("watch",))
    problems += wrong
    could_not = tuple(CouldNot(file, f"`{'.'.join(path)}` {what}", _line(text, path)) for path, what in problems)
    return Needs(pools, tuple(accepted), watch or Watch()), could_not


def needs_file(path: str | os.PathLike[str] | None, beside: str | os.PathLike[str] | None = None) -> Path | None:
    """The poise.toml that `read_needs` reads for these arguments; None if there is none. What it names is relative to its folder."""
    if path is not None:
        return Path(path)
    if beside is None or os.fspath(beside) == "-":
        found = Path(FILE_NAME)
    else:
        found = (Path(beside) if Path(beside).is_dir() else Path(beside).parent) / FILE_NAME
    # os.path says no where pathlib raises: a folder that may not be entered holds no file for us.
    return found if os.path.exists(found) else None  # noqa: PTH110


def read_needs(path: str | os.PathLike[str] | None, beside: str | os.PathLike[str] | None = None) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The needs in the file `path`, or in the poise.toml beside the configuration `beside` (a file or folder) if there is one.

    Without `path` a missing file is no mistake: nothing is declared then. Every other trouble comes back as CouldNot.
    """
    found = needs_file(path, beside)
    if found is None:
        return Needs(), ()
    try:
        text = found.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Needs(), (CouldNot(str(found), "there is no such file. Write one with `poise needs CONFIG`, or correct the path"),)
    except UnicodeDecodeError:
        return Needs(), (CouldNot(str(found), "it is not UTF-8, which TOML must be. Save it as UTF-8"),)
    except OSError as problem:
        return Needs(), (CouldNot(str(found), f"it cannot be read: {problem.strerror}"),)
    return parse_needs(text, str(found))
