"""Which load balancers a watch is of: those of the files on the command line, and those that an inventory file lists."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from poise.app.needs import needs_file, parse_toml, read_needs
from poise.app.reach_mistakes import reach_mistakes
from poise.app.table_mistakes import MOST_MISTAKES, Mistake, line_of, structure
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.needs import Needs
from poise.model.reach import Reach
from poise.reading.files import read_text
from poise.reading.load_balancers import load_balancers

TABLE = "load_balancer"


@dataclass(frozen=True, slots=True)
class Entry(Reach):
    """`[load_balancer.NAME]`: its files (or a folder) in `config`, for HAProxy in the order of its `-f` options, and how it is reached.
    `needs` is its poise.toml, by default the one beside the first file; two of the same `pair` must agree."""

    config: tuple[str, ...] = ()
    needs: str | None = None
    pair: str | None = None


def named(paths: Sequence[str], needs_path: str | None) -> tuple[tuple[Watched, ...], tuple[CouldNot, ...]]:
    """The load balancers of these files and folders, `lb1`, `lb2` …, which share their needs."""
    needs, problems = read_needs(needs_path, beside=paths[0])
    where = needs_file(needs_path, paths[0])
    base = where.resolve().parent if where else None
    found = load_balancers(paths)
    return tuple(Watched(f"lb{i}", each.paths, needs, where, base) for i, each in enumerate(found, 1)), problems


def listed(path: str, needs_path: str | None = None) -> tuple[tuple[Watched, ...], tuple[CouldNot, ...]]:
    """The load balancers of an inventory file, and every mistake in it. One with a mistake in its table is not watched. Paths are relative
    to the file's folder; `needs_path` takes the place of the poise.toml beside each configuration."""
    read = read_text(path)
    if isinstance(read, CouldNot):
        return (), (read,)
    data = parse_toml(read.text.removeprefix("\ufeff"))
    if isinstance(data, str):
        return (), (CouldNot(path, data),)
    entries, mistakes = _entries(data)
    lines = read.text.splitlines()
    placed = sorted(((line_of(lines, at), at, what) for at, what in mistakes), key=lambda mistake: mistake[0] or 0)
    problems = [CouldNot(path, f"`{'.'.join(at)}` {what}", line) for line, at, what in placed[:MOST_MISTAKES]]
    folder = Path(path).resolve().parent
    watched: list[Watched] = []
    for name, entry in entries.items():
        files = tuple(os.path.normpath(folder / each) for each in entry.config)
        own = str(folder / entry.needs) if entry.needs else needs_path
        needs, wrong = read_needs(own, beside=files[0])
        problems += [problem for problem in wrong if problem not in problems]
        where = needs_file(own, files[0])
        watched.append(Watched(name, files, needs, where, folder, _reach(entry, needs), entry.pair))
    if not entries and not problems:
        problems.append(CouldNot(path, f'it lists no load balancer: write [{TABLE}.NAME] with config = ["/etc/haproxy/haproxy.cfg"]'))
    return tuple(watched), tuple(problems)


def _entries(data: Mapping[str, Any]) -> tuple[dict[str, Entry], list[Mistake]]:
    foreign = f"is not a table of an inventory: write [{TABLE}.NAME]"
    mistakes: list[Mistake] = [((key,), foreign) for key in islice(data, MOST_MISTAKES) if key != TABLE]
    tables = data.get(TABLE, {})
    if not isinstance(tables, Mapping):
        return {}, [*mistakes, ((TABLE,), f"must be tables: write [{TABLE}.NAME]")]
    entries: dict[str, Entry] = {}
    for name, table in tables.items():
        at = (TABLE, name)
        if isinstance(table, Mapping) and isinstance(table.get("config"), str):
            table = {**table, "config": [table["config"]]}  # noqa: PLW2901 - one file needs no list
        entry, wrong = structure(Entry, table, at)
        wrong += list(reach_mistakes(entry, at)) if entry is not None else []
        if entry is not None and not entry.config:
            wrong.append((at, "lacks the key `config`: the file that it runs with, or a list of files"))
        if not name or any(sign in name for sign in "/ \t\n\0") or name in (".", ".."):
            wrong.append((at, "is no name: it becomes a folder of recordings and a word in alerts, so it has no space and no /"))
        mistakes += wrong
        if entry is not None and not wrong:
            entries[name] = entry
    pairs: dict[str, list[str]] = {}
    for name, entry in entries.items():
        if entry.pair is not None:
            pairs.setdefault(entry.pair, []).append(name)
    odd = {pair: names for pair, names in pairs.items() if len(names) != 2}
    mistakes += [
        ((TABLE, names[0], "pair"), f"is the pair of {len(names)}: exactly two load balancers bear the name of one")
        for names in odd.values()
    ]
    return {name: replace(entry, pair=None) if entry.pair in odd else entry for name, entry in entries.items()}, mistakes


def _reach(entry: Entry, needs: Needs) -> Reach:
    """What the inventory says, and where it is silent what the needs' [watch] does."""
    keys = ("socket", "stats_url", "access_log", "log_format", "status", "admin", "credentials_file", "credentials_env", "every_seconds")
    return Reach(**{key: getattr(entry, key) if getattr(entry, key) is not None else getattr(needs.watch, key) for key in keys})
