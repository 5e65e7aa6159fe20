"""Any moment of the history for the dashboard, one at a time: a moment of a large stack is read in a second, and the looks go on."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from poise.app.dashboard_series import course
from poise.app.diagnose_looks import diagnosed
from poise.app.live import now
from poise.app.past_alerts import past_alerts
from poise.app.past_window import past_window
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.model.frame import is_counter
from poise.model.sample import Event, Series, Stack, Window
from poise.report.dashboard.board import board
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import Board
from poise.store.history.history_reader import HistoryReader, Subject, coarsest_fitting
from poise.store.history.sample_history import history_path
from poise.store.store_error import StoreError
from poise.web.desk import RefusedError

T = TypeVar("T")
Flush = Callable[[], Awaitable[None]]
LATELY = timedelta(hours=1)
# Alerts that fire for longer than that are told without their beginning.
ALERTS_SINCE = timedelta(hours=24)
# A moment of 20 minutes of 60 components takes 15 MB while it is read; of more components it is shorter, down to what detectors need.
LONGEST, SHORTEST = timedelta(minutes=20), timedelta(minutes=2)
COMPONENT_SECONDS = 72_000
# What waits for the disk is half a minute's at most.
UNWRITTEN = timedelta(seconds=45)
MOST_BOARDS, MOST_ROWS, MOST_WAITING = 6, 1500, 20


class Pasts:
    """Reads the history of a watch whose store is `store`; `flush` has the newest looks written first, where they are asked for."""

    def __init__(self, store: Path, flush: Flush) -> None:
        self._path, self._flush = history_path(store), flush
        self._reading = asyncio.Lock()
        self._waiting = 0
        self._boards: OrderedDict[datetime, Board] = OrderedDict()

    async def board(self, at: datetime, watched: Sequence[tuple[Watched, int]]) -> Board:
        """The first page as it was then."""
        async with self._turn():
            if at not in self._boards:
                made = await self._read(at, lambda reader: board(self._looks(reader, at, watched), at, False, {}, at - LATELY))
                self._boards[at] = made
                while len(self._boards) > MOST_BOARDS:
                    self._boards.popitem(last=False)
            return self._boards[at]

    async def diagnosis(self, at: datetime, watched: Sequence[tuple[Watched, int]]) -> Mapping[str, Any]:
        """As `poise diagnose` of what was seen up to then."""
        async with self._turn():
            return await self._read(at, lambda reader: diagnosed(self._looks(reader, at, watched)))

    async def counts(self, at: datetime, watched: Watched, pool: str, minutes: int) -> Window:
        """The stack of then with the requests of that pool's servers alone, for so many minutes."""
        async with self._turn():
            return await self._read(at, lambda reader: _counts(reader, _subject(reader, watched), at, pool, minutes))

    async def series(self, at: datetime, watched: Watched, component: str, metric: str, minutes: int) -> list[tuple[float, float]]:
        """The course of one figure up to then."""
        async with self._turn():
            found = await self._read(at, lambda reader: _one(reader, _subject(reader, watched), at, (component, metric), minutes))
        if not found:
            raise RefusedError(f"no {metric[:60]!r} of {component[:100]!r} is kept of that time: `poise history` says what is", 404)
        return found

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One after the other. Who asks for a hundred moments at once is told to come again."""
        if self._waiting >= MOST_WAITING:
            raise RefusedError(f"{MOST_WAITING} moments of the past are asked for already: try again when one of them is there", 503)
        self._waiting += 1
        try:
            async with self._reading:
                yield
        finally:
            self._waiting -= 1

    async def lately(self, watched: Watched) -> tuple[Event, ...]:
        """What happened in the last hour, before this watch too; nothing where that cannot be read."""
        here = now()

        def read(reader: HistoryReader) -> tuple[Event, ...]:
            return reader.events(_subject(reader, watched), (here - LATELY).timestamp(), here.timestamp())

        try:
            async with self._turn():
                return await self._read(here - LATELY, read)
        except RefusedError:
            return ()

    async def _read(self, at: datetime, read: Callable[[HistoryReader], T]) -> T:
        if at > now() - UNWRITTEN:
            await self._flush()

        def reading() -> T:
            with closing(HistoryReader(self._path)) as reader:
                return read(reader)

        try:
            return await asyncio.to_thread(reading)
        except StoreError as error:
            raise RefusedError(f"the past cannot be read: {error}", 503) from error

    def _looks(self, reader: HistoryReader, at: datetime, watched: Sequence[tuple[Watched, int]]) -> tuple[Look, ...]:
        subjects = {each.name: subject for subject in reader.subjects() if subject.kept for each, _ in watched if _is(each, subject)}
        begins = min((extent.first for subject in subjects.values() for extent in subject.kept), default=None)
        if begins is None or at.timestamp() < begins:
            since = "nothing yet" if begins is None else f"{datetime.fromtimestamp(begins, at.tzinfo):%Y-%m-%d %H:%M:%S} on"
            raise RefusedError(f"nothing is kept of {at:%Y-%m-%d %H:%M:%S}: the history holds {since}", 404)
        return tuple(_look(reader, each.name, subjects.get(each.name), at, parts) for each, parts in watched)


def _is(watched: Watched, subject: Subject) -> bool:
    """Watched by a folder, or in another order of its files, it is the same."""
    return subject.name == watched.name and bool({str(Path(path).resolve()) for path in watched.configurations} & set(subject.files))


def _subject(reader: HistoryReader, watched: Watched) -> Subject:
    found = next((subject for subject in reader.subjects() if subject.kept and _is(watched, subject)), None)
    if found is None:
        raise RefusedError(f"nothing is kept of {watched.name} yet: a watch writes it after two seconds", 404)
    return found


def _look(reader: HistoryReader, name: str, subject: Subject | None, at: datetime, parts: int) -> Look:
    if subject is None:
        return Look(name, Window(Stack(), at), (), (CouldNot(name, "nothing is kept of it from that time"),))
    span = min(LONGEST, max(SHORTEST, timedelta(seconds=COMPONENT_SECONDS / max(1, parts))))
    window = past_window(reader, subject, at, span)
    events = reader.events(subject, (at - ALERTS_SINCE).timestamp(), at.timestamp() + 0.001)
    alerts = past_alerts(window, events)
    return Look(name, replace(window, events=tuple(event for event in events if event.at >= at - LATELY)), alerts)


def _counts(reader: HistoryReader, subject: Subject, at: datetime, pool: str, minutes: int) -> Window:
    stack = past_window(reader, subject, at, timedelta(seconds=1))
    found = next((p for topology in stack.topologies if (p := topology.pool(pool)) is not None), None)
    names = [f"{pool}/{server.name}" for server in found.servers] if found is not None else []
    end, start = at.timestamp(), at.timestamp() - minutes * 60
    tier = coarsest_fitting(subject, start, end, MOST_ROWS)
    rows = reader.table(subject, "requests_total", start, end + 0.001, tier, names, " servers")
    series = {
        (name, "requests_total"): Series(rows.seconds, np.nancumsum(rows.values[:, column])) for column, name in enumerate(rows.components)
    }
    return replace(stack, series=series, frames=(), looked={})


def _one(reader: HistoryReader, subject: Subject, at: datetime, which: tuple[str, str], minutes: int) -> list[tuple[float, float]]:
    component, metric = which
    end, start = at.timestamp(), at.timestamp() - minutes * 60
    rows = reader.table(subject, metric, start, end + 0.001, coarsest_fitting(subject, start, end, MOST_ROWS), [component])
    if component not in rows.components:
        return []
    values = rows.values[:, rows.components.index(component)]
    known = ~np.isnan(values)
    seconds, values = rows.seconds[known], values[known]
    # A counter's rows are what it rose by.
    return course(Series(seconds, np.cumsum(values) if is_counter(metric) else values), metric)
