"""What `poise history` does: finds the load balancer in what was kept, and reads courses or one instant of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from poise.diagnosis.recording import KINDS
from poise.model.could_not import CouldNot
from poise.model.frame import is_counter
from poise.model.past import Course, Floats, Past
from poise.model.sample import ComponentKind
from poise.reading.load_balancers import load_balancers
from poise.store.history.history_reader import HistoryReader, Subject, coarsest_fitting, finest
from poise.store.history.merge import Rows
from poise.store.history.sample_history import history_path
from poise.store.history.tiers import RAW, TIERS, Tier

SHARE, PER_SECOND = "share_ratio", "_per_second"
TABLES: dict[str, ComponentKind] = {"servers": "server", "pools": "pool", "listeners": "listener"}
# Of an instant: rates are those of the minute before, and a figure that is older than two looks of who is seldom asked is none.
INSTANT_SECONDS, STALE_SECONDS = 60.0, 150.0
INSTANT_METRICS = (SHARE, "requests_per_second", "responses_5xx_per_second", "up", "weight", "in_flight", "queue", "response_ms")
# A rise over a longer gap than that many rows is no rate of any moment.
MOST_GAP_ROWS = 10


class HistoryError(Exception):
    """It could not be done: what, and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which load balancer (`config`, `load_balancer`: None where there is only one), which of its figures, and when. `at` asks for one
    instant instead of the course from `start` to `end`; `most_rows` is how fine the course may be."""

    start: datetime
    end: datetime
    at: datetime | None = None
    config: str | None = None
    load_balancer: str | None = None
    pool: str | None = None
    server: str | None = None
    metric: str | None = None
    most_rows: int = 500


def past(store: Path, asked: Asked) -> Past:
    """What was kept of it. Raises HistoryError and StoreError."""
    with HistoryReader(history_path(store)) as reader:
        subject = chosen(reader, asked.config, asked.load_balancer)
        if asked.at is not None:
            return _noted(reader, subject, _instant(reader, subject, asked, asked.at.timestamp()))
        start, end = asked.start.timestamp(), asked.end.timestamp()
        tier = coarsest_fitting(subject, start, end, asked.most_rows)
        courses = tuple(_courses(reader, subject, asked, (start, end), tier))
        if not courses:
            raise HistoryError(_nothing(reader, subject, asked))
        events = tuple(each for each in reader.events(subject, start, end) if _concerns(asked, each.component))
        found = Past(subject.name, subject.files, start, end, tier.name, tier.row_seconds, courses, events, subject.kept)
        return _noted(reader, subject, found)


def chosen(reader: HistoryReader, config: str | None, load_balancer: str | None) -> Subject:
    """The load balancer that is meant. Raises HistoryError."""
    every = [subject for subject in reader.subjects() if subject.kept]
    if not every:
        raise HistoryError(f"nothing is kept in {reader.path} yet: `poise watch CONFIG` writes to it after two seconds")
    found = [subject for subject in every if load_balancer is None or subject.name == load_balancer]
    if config is not None:
        wanted = [{str(Path(name).resolve()) for name in each.paths} for each in load_balancers((config,))]
        # One that was watched by a folder, or by another order of its files, is the same.
        found = [subject for subject in found if any(set(subject.files) & names for names in wanted)]
    if len(found) == 1:
        return found[0]
    names = "; ".join(f"{subject.name} ({', '.join(subject.files)})" for subject in (found or every)[:20])
    if not found:
        raise HistoryError(f"{config or load_balancer} is not in {reader.path}. It holds: {names}")
    raise HistoryError(f"{len(found)} load balancers are meant; name one with its configuration or --load-balancer: {names}")


def _instant(reader: HistoryReader, subject: Subject, asked: Asked, at: float) -> Past:
    tier = finest(subject, at)
    before = INSTANT_SECONDS if tier is RAW else 2.0 * tier.row_seconds
    courses: list[Course] = []
    for metric in (asked.metric,) if asked.metric is not None else INSTANT_METRICS:
        found = _courses(reader, subject, replace(asked, metric=metric), (at - max(before, STALE_SECONDS), at + 0.001), tier)
        courses += [_last(course, at, before, tier) for course in found]
    if not courses:
        raise HistoryError(_nothing(reader, subject, asked))
    events = tuple(each for each in reader.events(subject, at - 3600, at + 0.001) if _concerns(asked, each.component))
    return Past(subject.name, subject.files, at, at, tier.name, tier.row_seconds, tuple(courses), events, subject.kept, at=at)


def _last(course: Course, at: float, before: float, tier: Tier) -> Course:
    """The one row that stands for an instant: of rates the mean of what was before it, of others the newest."""
    known = ~np.isnan(course.values)
    if course.metric == SHARE or course.metric.endswith(PER_SECOND):
        known &= course.seconds > at - before
    if not known.any():
        empty = np.empty(0)
        return replace(course, seconds=empty, values=empty, least=empty, most=empty)
    rates = tier is RAW and course.metric.endswith(PER_SECOND)
    value = np.array([course.values[known].mean() if rates else course.values[known][-1]])
    return replace(course, seconds=course.seconds[known][-1:], values=value, least=course.least[known][-1:], most=course.most[known][-1:])


def _courses(reader: HistoryReader, subject: Subject, asked: Asked, between: tuple[float, float], tier: Tier) -> Iterator[Course]:
    metric = asked.metric or SHARE
    stored = f"{metric.removesuffix(PER_SECOND)}_total" if metric.endswith(PER_SECOND) else metric
    if metric == SHARE:
        rows = reader.table(subject, "requests_total", *between, tier, table=" servers")
        yield from _shares(rows, asked, INSTANT_SECONDS if asked.at is not None and tier is RAW else None)
        return
    sources = dict.fromkeys(source for source, kept in reader.metrics(subject) if kept == stored)
    kinds = _kinds(reader, subject, between[1])
    for source in sources:
        rows = reader.table(subject, stored, *between, tier, table=source)
        kind = TABLES.get(source.rpartition(" ")[2])
        for column, component in enumerate(rows.components):
            of = kind or kinds.get(component, "application")
            if not _wanted(asked, component, of):
                continue
            values, least, most = (each[:, column] for each in (rows.values, rows.least, rows.most))
            if is_counter(stored):
                values = least = most = _rates(rows.seconds, values)
            shown = f"{stored.removesuffix('_total')}{PER_SECOND}" if is_counter(stored) else stored
            yield Course(component, of, shown, rows.seconds, values, least, most)


def _shares(rows: Rows, asked: Asked, together: float | None) -> Iterator[Course]:
    """Of each server of each pool, the busiest pool first; `together`: over so many seconds before the end instead of from row to row."""
    pools: dict[str, list[int]] = {}
    for column, component in enumerate(rows.components):
        pools.setdefault(component.rpartition("/")[0], []).append(column)
    risen = np.nan_to_num(rows.values).sum(axis=0)
    for pool, columns in sorted(pools.items(), key=lambda each: -float(risen[each[1]].sum())):
        if asked.pool not in (None, pool):
            continue
        rises, seconds = rows.values[:, columns], rows.seconds
        if together is not None and len(seconds):
            rises, seconds = np.nansum(rises[seconds > seconds[-1] - together], axis=0, keepdims=True), seconds[-1:]
        known = np.nan_to_num(rises)
        total = known.sum(axis=1, keepdims=True)
        shares = np.where((total > 0) & ~np.isnan(rises), known / np.where(total > 0, total, 1.0), np.nan)
        for place, column in enumerate(columns):
            if _wanted(asked, rows.components[column], "server"):
                course = shares[:, place]
                yield Course(rows.components[column], "server", SHARE, seconds, course, course, course)


def _rates(seconds: Floats, rises: Floats) -> Floats:
    gaps = np.diff(seconds, prepend=np.nan)
    usual = np.nanmedian(gaps) if len(gaps) > 1 else np.nan
    return np.where((gaps > 0) & ~(gaps > MOST_GAP_ROWS * usual), rises / np.where(gaps > 0, gaps, 1.0), np.nan)


def _wanted(asked: Asked, component: str, kind: str) -> bool:
    pool, _, server = component.rpartition("/")
    if asked.server is not None:
        return kind == "server" and asked.server in (component, server) and asked.pool in (None, pool)
    if asked.pool is not None:
        return pool == asked.pool if kind == "server" else kind == "pool" and component == asked.pool
    return True


def _concerns(asked: Asked, component: str | None) -> bool:
    """Whether an event is told: one of another pool or server is not."""
    kind, _, name = (component or "").partition(" ")
    if asked.pool is None or kind not in ("pool", "server"):
        return True
    return name == asked.pool or name.rpartition("/")[0] == asked.pool


def _kinds(reader: HistoryReader, subject: Subject, at: float) -> dict[str, ComponentKind]:
    """What the components of the stack were then."""
    setting = reader.setting(subject, at) or {}
    every = [each for each in setting.get("components", ()) if isinstance(each, dict)]
    return {str(each.get("name")): KINDS[str(each.get("kind"))] for each in every if each.get("kind") in KINDS}


def _noted(reader: HistoryReader, subject: Subject, found: Past) -> Past:
    problems = list(found.could_not)
    if reader.unreadable:
        problems.append(CouldNot(str(reader.path), f"{reader.unreadable} chunks are damaged, or of a newer poise: their rows are left out"))
    begins = min((extent.first for extent in subject.kept), default=found.start)
    if found.at is None and begins > found.start + STALE_SECONDS:
        problems.append(
            CouldNot(subject.name, f"nothing is kept of it from before {datetime.fromtimestamp(begins, UTC):%Y-%m-%d %H:%M} UTC")
        )
    return replace(found, could_not=tuple(problems))


def _nothing(reader: HistoryReader, subject: Subject, asked: Asked) -> str:
    """Why there is nothing to show: the name, or the time."""
    first, last = min(extent.first for extent in subject.kept), max(extent.last for extent in subject.kept)
    kept = " to ".join(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}" for at in (first, last))
    metrics = sorted({metric.replace("_total", PER_SECOND) for _, metric in reader.metrics(subject)} | {SHARE})
    if asked.metric is not None and asked.metric.replace("_total", PER_SECOND) not in metrics:
        return f"{asked.metric} is not kept of {subject.name}. What is: {', '.join(metrics)}"
    rows = reader.table(subject, "requests_total", last - STALE_SECONDS, last + 1, TIERS[0], table=" servers")
    known = dict.fromkeys(name.rpartition("/")[0] for name in rows.components)
    what = " ".join(filter(None, (asked.pool and f"pool {asked.pool}", asked.server and f"server {asked.server}"))) or "load balancer"
    return (
        f"nothing is kept of that {what} at that time: {subject.name} was measured from {kept} UTC; its pools: {', '.join(known) or 'none'}"
    )
