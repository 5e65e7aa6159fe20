"""Reads the history, while a watch writes it: any moment as it was then, and the course of any figure."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from poise.model.frame import is_counter
from poise.model.past import Extent
from poise.model.sample import Event, Series
from poise.store.file_format import HISTORY, FileFormat
from poise.store.history.merge import Rows, joined, merged, nothing
from poise.store.history.tiers import RAW, TIERS, Tier
from poise.store.store_error import StoreError
from poise.store.store_file import StoreFile
from poise.store.telling import told

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from poise.store.history.chunks import Names

BUSY = timedelta(seconds=5)
MOST_SETTING_BYTES = 256 * 1024 * 1024
# A counter's first row needs the one before it, which may stand in the part before.
BEFORE_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A load balancer in the history: the files it was watched by, and how far each degree of detail reaches (those that have rows)."""

    number: int
    name: str
    files: tuple[str, ...]
    kept: tuple[Extent, ...]


class HistoryReader(StoreFile):
    """The history in the file at `path`, which must be there. Every method raises StoreError where the file cannot be read; `unreadable`
    counts chunks that are damaged, whose rows are left out."""

    form: ClassVar[FileFormat] = HISTORY

    def __init__(self, path: Path, busy: timedelta = BUSY) -> None:
        if not path.exists():
            raise StoreError(f"there is no history at {path}: `poise watch CONFIG` keeps one; --store names the store it was told")
        super().__init__(path, busy)
        self.unreadable = 0

    def subjects(self) -> tuple[Subject, ...]:
        """All load balancers that anything is kept of."""
        from sqlalchemy import func, select  # noqa: PLC0415 - as for every store: 200 ms

        from poise.store.history.cuts import cuts  # noqa: PLC0415
        from poise.store.history.schema import PART, SUBJECT  # noqa: PLC0415

        columns = (PART.c.subject, PART.c.tier, func.min(PART.c.start), func.max(PART.c.start), func.sum(PART.c.bytes))
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection:
            extents: dict[int, list[Extent]] = {}
            noted = cuts(connection)
            for subject, number, first, last, size in connection.execute(select(*columns).group_by(PART.c.subject, PART.c.tier)).all():
                ends = _ends(connection, subject, number, first, last)
                cut = noted.get((subject, number))
                # What begins later than in the part behind the cut begins there because nobody watched before.
                by = cut.most_bytes if cut is not None and first <= cut.until else None
                extents.setdefault(subject, []).append(Extent(TIERS[number].name, *ends, int(size), by))
            rows = connection.execute(select(SUBJECT).order_by(SUBJECT.c.id)).all()
        return tuple(Subject(row.id, row.name, tuple(json.loads(row.files)), tuple(extents.get(row.id, ()))) for row in rows)

    def metrics(self, subject: Subject) -> tuple[tuple[str, str], ...]:
        """Each table (`lb1 servers`, `samples`) and metric of it that was ever kept."""
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection:
            return tuple((row.source, row.metric) for row in _series(connection, subject.number))

    def table(
        self,
        subject: Subject,
        metric: str,
        start: float,
        end: float,
        tier: Tier = RAW,
        components: Sequence[str] | None = None,
        table: str = "",
    ) -> Rows:
        """The rows with start <= t < end of one metric of many components (all, without any named), of the tables whose name ends so.

        A counter's are what it rose since the row before. What is not in that tier yet is made from the finer ones.
        """
        from poise.store.history.chunks import Names  # noqa: PLC0415

        only = None if components is None else tuple(components)
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection, connection.begin():
            names, found = Names(connection), []
            for series in _series(connection, subject.number):
                if series.metric == metric and series.source.endswith(table):
                    rows = _rows(connection, names, series, tier, (start, end), only)
                    if len(rows.seconds) and rows.components:
                        found.append(rows)
            self.unreadable += names.unreadable
        return joined(found) if found else nothing()

    def series(self, subject: Subject, start: float, end: float) -> Mapping[tuple[str, str], Series]:
        """Every series between these instants by component and metric, as a window of a watch has them: counters as running totals.

        From the finest rows that reach back so far.
        """
        from poise.store.history.chunks import Names, Span, stored  # noqa: PLC0415

        tier = finest(subject, start)
        found: dict[tuple[str, str], Series] = {}
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection, connection.begin():
            names = Names(connection)
            for series in _series(connection, subject.number):
                if tier is RAW:
                    parts = _parts(connection, subject.number, RAW, start, end)
                    rows = stored(connection, names, Span(parts, series.id, start, end)).between(start, end)
                    values = rows.values
                else:
                    rows = _rows(connection, names, series, tier, (start, end), None)
                    values = (
                        np.where(np.isnan(rows.values), np.nan, np.nancumsum(rows.values, axis=0))
                        if is_counter(series.metric)
                        else rows.values
                    )
                for column, component in enumerate(rows.components):
                    known = ~np.isnan(values[:, column])
                    if known.any():
                        found.setdefault((component, series.metric), Series(rows.seconds[known], values[known, column]))
            self.unreadable += names.unreadable
        return found

    def events(self, subject: Subject, start: float, end: float) -> tuple[Event, ...]:
        """What happened with start <= t < end."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.history.schema import HAPPENING  # noqa: PLC0415

        query = select(HAPPENING).where(HAPPENING.c.subject == subject.number, HAPPENING.c.at >= start, HAPPENING.c.at < end)
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection:
            rows = connection.execute(query.order_by(HAPPENING.c.at, HAPPENING.c.id)).all()
        return tuple(Event(datetime.fromtimestamp(row.at, UTC), row.kind, row.text, row.component) for row in rows)

    def setting(self, subject: Subject, at: float) -> Mapping[str, Any] | None:
        """The stack and the files as they were then, as `daemon.setting` gave them; the first that is known where that is later.

        Configurations have plain names: the store may be anybody's, and who copies them writes nothing outside of a folder.
        """
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.history.schema import SETTING  # noqa: PLC0415

        mine = select(SETTING.c.content).where(SETTING.c.subject == subject.number)
        with told(self.path, "read", HISTORY), self._connect(reading=True) as connection:
            content = connection.execute(mine.where(SETTING.c.at <= at).order_by(SETTING.c.at.desc()).limit(1)).scalar()
            content = content or connection.execute(mine.order_by(SETTING.c.at).limit(1)).scalar()
        try:
            found = json.loads(zlib.decompressobj().decompress(content, MOST_SETTING_BYTES)) if content is not None else None
        except (ValueError, TypeError, zlib.error):
            self.unreadable += 1
            return None
        if not isinstance(found, dict):
            return None
        configs = found.get("configs")
        texts = configs if isinstance(configs, dict) else {}
        return {**found, "configs": {name: str(text) for name, text in texts.items() if _is_plain(name)}}


def finest(subject: Subject, start: float) -> Tier:
    """The finest rows that reach back to that instant; where none do, those that reach back farthest."""
    return coarsest_fitting(subject, start, start, 1)


def coarsest_fitting(subject: Subject, start: float, end: float, most_rows: int) -> Tier:
    """The finest tier whose rows from `start` to `end` are at most so many (as they came: one a second) and reach back so far."""
    first = {extent.tier: extent.first for extent in subject.kept}
    begins = min(first.values(), default=start)
    until = min(end, max((extent.last for extent in subject.kept), default=end) + BEFORE_SECONDS)
    reach = np.inf
    for tier in TIERS:
        # What is not coarse yet is made so while it is read: a tier reaches as far back as all that are finer.
        reach = min(reach, first.get(tier.name, np.inf))
        fits = (until - max(start, begins)) / max(1, tier.row_seconds) <= most_rows
        if fits and reach <= max(start, begins) + BEFORE_SECONDS:
            return tier
    return TIERS[-1]


def _is_plain(name: str) -> bool:
    return (
        "/" not in name and "\0" not in name and name not in ("", ".", "..", "recording.json", "samples.csv", "events.jsonl", "poise.toml")
    )


def _rows(
    connection: "Connection", names: "Names", series: Any, tier: Tier, between: tuple[float, float], only: tuple[str, ...] | None
) -> Rows:
    from poise.store.history.chunks import Span, rows_of  # noqa: PLC0415

    start, end = between
    early = start - BEFORE_SECONDS if tier is RAW else start
    parts = _parts(connection, series.subject, tier, early, end)
    rows = rows_of(connection, names, Span(parts, series.id, early, end, only), series.metric, tier).between(start, end)
    if tier is RAW:
        return rows
    # What is not over yet is not in this tier.
    after = start if not len(rows.seconds) else (rows.seconds[-1] // tier.row_seconds + 1) * tier.row_seconds
    finer = _rows(connection, names, series, TIERS[tier.number - 1], (after, end), only)
    late = merged(finer, series.metric, tier.row_seconds)
    return joined([each for each in (rows, late) if len(each.seconds)] or [rows])


def _parts(connection: "Connection", subject: int, tier: Tier, start: float, end: float) -> list[int]:
    from sqlalchemy import select  # noqa: PLC0415

    from poise.store.history.schema import PART  # noqa: PLC0415

    within = (PART.c.start > start - tier.part_seconds, PART.c.start < end)
    return list(connection.execute(select(PART.c.id).where(PART.c.subject == subject, PART.c.tier == tier.number, *within)).scalars())


def _series(connection: "Connection", subject: int) -> Sequence[Any]:
    from sqlalchemy import select  # noqa: PLC0415

    from poise.store.history.schema import SERIES  # noqa: PLC0415

    return connection.execute(select(SERIES).where(SERIES.c.subject == subject).order_by(SERIES.c.id)).all()


def _ends(connection: "Connection", subject: int, tier: int, first: int, last: int) -> tuple[float, float]:
    """The first row's instant, and that of the last chunk's first row: its others are less than a batch later."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from poise.store.history.schema import CHUNK, PART  # noqa: PLC0415

    ends = []
    for which, start in ((func.min(CHUNK.c.start), first), (func.max(CHUNK.c.start), last)):
        part = select(PART.c.id).where(PART.c.subject == subject, PART.c.tier == tier, PART.c.start == start).scalar_subquery()
        found = connection.execute(select(which).where(CHUNK.c.part == part)).scalar()
        ends.append(float(start if found is None else found))
    return ends[0], ends[1]
