"""Reads poise.toml, every mistake in it at once. Values of secrets are never repeated in a message."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from poise.app.nearest_needs import nearest
from poise.app.needs_values import MOST
from poise.app.reach_mistakes import reach_mistakes
from poise.app.review_schedule import WANTED, schedule
from poise.app.table_mistakes import MOST_MISTAKES, line_of, structure
from poise.model.could_not import CouldNot
from poise.model.needs import Acceptance, Audited, Needs, PoolNeeds, Watch
from poise.model.receiver import Receiver
from poise.reading.files import read_text

_TABLES = ("pool", "accept", "watch", "audit", "receiver")
# Needs of a thousand pools are 0.3 MB. Whatever else bears the name is not worth the minutes that reading it would take.
_MOST_BYTES = 4 * 1024 * 1024
# tomllib takes the square of the time for a key of so many parts: 20,000 took nine seconds.
_LONG_KEY = re.compile(r"(?:\.[ \t]*[^.\s=\]]{1,200}[ \t]*){100}")
# What a value must satisfy beyond its kind: by key, the test and how to say it.
_RANGES: Mapping[str, tuple[float, float, str]] = {
    "max_share": (1e-9, 1.0, "must be above 0 and at most 1: a share of the pool's traffic"),
    "availability": (1e-9, 1.0, "must be above 0 and at most 1, e.g. 0.999"),
    "latency_p99_ms": (1e-9, MOST, "must be above 0 milliseconds"),
    "survive": (0, MOST, "must be 0 or more servers"),
    "peak_requests_per_second": (0, MOST, "must be 0 or more"),
    "concurrency_per_server": (1, MOST, "must be 1 or more"),
    "service_time_ms": (1e-9, MOST, "must be above 0 milliseconds"),
    "cost_per_minute": (0, MOST, "must be 0 or more"),
    "load_balancers": (1, MOST, "must be 1 or more"),
    "hot_key_share": (0, 1.0, "must be 0 to 1: a share of the pool's requests"),
    "sessions": (1, MOST, "must be 1 or more clients"),
    "session_minutes": (1e-9, MOST, "must be above 0 minutes"),
    "instances": (1, MOST, "must be 1 or more servers"),
    "service_time_p99_ms": (1e-9, MOST, "must be above 0 milliseconds"),
    "queue_per_server": (0, MOST, "must be 0 or more requests"),
    "clients": (1, 100_000, "must be 1 to 100,000 clients that each wait for an answer"),
    **dict.fromkeys(("raw_days", "minute_days", "hour_days"), (0.05, 3650, "must be 0.05 to 3650 days")),
    "most_megabytes": (0, MOST, "must be 0 or more; 0 keeps nothing"),
}


def _unsaid(acceptance: Acceptance) -> Iterator[tuple[tuple[str, ...], str]]:
    """What an acceptance leaves open: as an ignore comment without a reason it accepts nothing."""
    for key, told in (("by", "who decided"), ("because", "why it is right here")):
        if not getattr(acceptance, key).strip():
            yield ("accept", acceptance.rule, key), f"is empty, so nothing is accepted. Write {told}"


def _ranges(value: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, entry in value.items():
        if isinstance(entry, Mapping) and key in ("objectives", "history"):
            yield from _ranges(entry, (*at, key))
        elif key in _RANGES and isinstance(entry, int | float) and not isinstance(entry, bool):
            low, high, wanted = _RANGES[key]
            if entry > MOST and high == MOST:
                yield (*at, key), "must be at most 10^9"
            elif not low <= entry <= high:
                yield (*at, key), wanted


def _contradictions(needs: PoolNeeds, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What cannot stand beside another need. A mean above the 99th percentile comes of a few requests that hang for very long: a timeout's
    matter, and nothing that a distribution with these two figures shows."""
    mean, last = needs.service_time_ms, needs.service_time_p99_ms
    if mean is not None and last is not None and last < mean:
        yield (*at, "service_time_p99_ms"), f"is below service_time_ms = {mean:g}, the mean. Write both without what hangs, or leave it out"


def _tables(data: Mapping[str, Any], name: str, problems: list[tuple[tuple[str, ...], str]]) -> Mapping[str, Any]:
    value = data.get(name, {})
    if isinstance(value, Mapping):
        return value
    problems.append(((name,), f"must be tables: write [{name}.NAME]"))
    return {}


def parse_toml(text: str) -> Mapping[str, Any] | str:
    """What the TOML holds, or why it is none."""
    if len(text) > _MOST_BYTES:
        return f"it is larger than {_MOST_BYTES // 1024 // 1024} MiB, as no poise.toml is. Check the path"
    if _LONG_KEY.search(text):
        return "it is nested too deeply to read"
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        # tomllib's messages hold a place and the kind of mistake, never the value.
        return f"it is not TOML: {problem}. Correct that line; nothing in the file counts until then"
    except RecursionError:
        return "it is nested too deeply to read"
    except ValueError:
        return "it holds a number of so many digits that it cannot be read. Write a shorter one; nothing in the file counts until then"


def parse_needs(text: str, file: str) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The needs that the text of a poise.toml declares, and every mistake in it. A table with a mistake counts as not declared."""
    data = parse_toml(text)
    return (Needs(), (CouldNot(file, data),)) if isinstance(data, str) else structured_needs(data, file, text.splitlines())


def structured_needs(data: Mapping[str, Any], file: str, lines: Sequence[str] = ()) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The needs that the content of a poise.toml declares, and every mistake in it; `lines` are those of its text, where there is one."""
    problems: list[tuple[tuple[str, ...], str]] = []
    for key in islice(data, MOST_MISTAKES + len(_TABLES)):
        if key not in _TABLES:
            close = difflib.get_close_matches(key, _TABLES, 1)
            meant = (
                f"Did you mean `{close[0]}`?" if close else "Known tables: [pool.NAME], [accept.RULE], [watch], [audit], [receiver.NAME]"
            )
            problems.append(((key,), f"is not a table that poise knows. {meant}"))
    pools: dict[str, PoolNeeds] = {}
    for name, value in _tables(data, "pool", problems).items():
        if len(problems) > MOST_MISTAKES:
            break
        needs, wrong = structure(PoolNeeds, value, ("pool", name))
        told = {path for path, _ in wrong}
        wrong += [each for each in _ranges(value, ("pool", name)) if each[0] not in told] if isinstance(value, Mapping) else []
        if needs is not None and not wrong:
            wrong = [*_contradictions(needs, ("pool", name))]
        problems += wrong
        if needs is not None and not wrong:
            pools[name] = needs
    accepted: list[Acceptance] = []
    accepts = _tables(data, "accept", problems).items()
    for rule, value in ((rule, each) for rule, entry in accepts for each in (entry if isinstance(entry, list) else [entry])):
        if len(problems) > MOST_MISTAKES:
            break
        if isinstance(value, Mapping) and "rule" in value:
            problems.append((("accept", rule, "rule"), "is not a key that poise knows: the rule's name stands in the table's header"))
            continue
        acceptance, wrong = structure(Acceptance, {**value, "rule": rule} if isinstance(value, Mapping) else value, ("accept", rule))
        problems += wrong
        empty = list(_unsaid(acceptance)) if acceptance is not None else []
        problems += empty
        if acceptance is not None and not empty:
            accepted.append(acceptance)
    watch, wrong = structure(Watch, data.get("watch", {}), ("watch",))
    problems += wrong + (unfit_reach := _unfit(watch, data.get("watch", {})) if watch is not None else [])
    audited, wrong = structure(Audited, data.get("audit", {}), ("audit",))
    problems += wrong + (unfit := _no_patterns(audited))
    receiving, wrong = _receivers(_tables(data, "receiver", problems))
    problems += wrong
    could_not = tuple(CouldNot(file, f"`{'.'.join(path)}` {what}", line_of(lines, path)) for path, what in problems[:MOST_MISTAKES])
    if len(problems) > MOST_MISTAKES:
        could_not += (CouldNot(file, f"it holds more than {MOST_MISTAKES} mistakes: correct these first"),)
    return Needs(
        pools, tuple(accepted), watch if watch and not unfit_reach else Watch(), audited if audited and not unfit else Audited(), receiving
    ), could_not


def _receivers(tables: Mapping[str, Any]) -> tuple[tuple[Receiver, ...], list[tuple[tuple[str, ...], str]]]:
    """Who is told of alerts; only a file that names them waits for their words."""
    if not tables:
        return (), []
    from poise.app.receivers import receivers  # noqa: PLC0415

    return receivers(tables)


def _unfit(watch: Watch, table: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    return [*reach_mistakes(watch, ("watch",)), *_no_schedule(watch), *_ranges(table, ("watch",))]


def _no_schedule(watch: Watch) -> Iterator[tuple[tuple[str, ...], str]]:
    if watch.review is not None and schedule(watch.review) is None:
        yield ("watch", "review"), WANTED


def _no_patterns(audited: Audited | None) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with the patterns of files to leave out."""
    if audited is None or not audited.exclude:
        return []
    from poise.reading.exclusion import Exclusion, WrongPatternError  # noqa: PLC0415 - only who leaves files out waits for the library

    try:
        Exclusion(audited.exclude)
    except WrongPatternError as problem:
        return [(("audit", "exclude"), f"holds what is no use: {problem}")]
    return []


def needs_file(path: str | os.PathLike[str] | None, beside: str | os.PathLike[str] | None = None) -> Path | None:
    """The poise.toml that `read_needs` reads for these arguments; None if there is none. What it names is relative to its folder."""
    if path is not None:
        return Path(path)
    found = Path(nearest(None if beside is None else os.fspath(beside)))
    # os.path says no where pathlib raises: a folder that may not be entered holds no file for us.
    return found if os.path.exists(found) else None  # noqa: PTH110


def read_needs(path: str | os.PathLike[str] | None, beside: str | os.PathLike[str] | None = None) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The needs in the file `path`, or in the poise.toml nearest to the configuration `beside` (a file or folder) if there is one.

    Without `path` a missing file is no mistake: nothing is declared then. Every other trouble comes back as CouldNot.
    """
    found = needs_file(path, beside)
    if found is None:
        return Needs(), ()
    if not os.path.lexists(found):
        return Needs(), (CouldNot(str(found), "there is no such file. Write one with `poise needs CONFIG`, or correct the path"),)
    # A pipe or a device may stand there, put by whoever wrote the configuration.
    read = read_text(str(found))
    if isinstance(read, CouldNot):
        return Needs(), (read,)
    try:
        read.text.encode()
    except UnicodeEncodeError:
        return Needs(), (CouldNot(str(found), "it is not UTF-8, which TOML must be. Save it as UTF-8"),)
    return parse_needs(read.text.removeprefix("\ufeff"), str(found))
