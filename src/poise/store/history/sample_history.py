"""The history's file, as who watches writes it: a batch is one transaction."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from poise.model.needs import KeptHistory
from poise.store.file_format import HISTORY, FileFormat
from poise.store.history.batch import Batch, Figures
from poise.store.history.codec import packed
from poise.store.history.tiers import RAW, TIERS, Tier, TierName, is_exact, kept_seconds
from poise.store.storable import storable
from poise.store.store_file import StoreFile
from poise.store.telling import told

if TYPE_CHECKING:
    from sqlalchemy import Connection

# A row of its own and its entry in the index, beside the bytes of a chunk.
ROW_BYTES = 60
MOST_EVENT_CHARACTERS = 2000


def history_path(store: Path) -> Path:
    """The history that belongs to a store of incidents. A file of its own: it is large, and what it loses is only a past."""
    return store.with_name(f"{store.name}.history")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to stand in one chunk: `kind` 0 the value, 1 the least, 2 the most."""

    source: str
    metric: str
    kind: int
    components: tuple[str, ...]
    start: float
    data: bytes


class SampleHistory(StoreFile):
    """The history in the file at `path`. Every method raises StoreError where the file cannot be read or written."""

    form: ClassVar[FileFormat] = HISTORY

    def __init__(self, path: Path, busy: timedelta) -> None:
        super().__init__(path, busy)
        self._subjects: dict[tuple[str, str], int] = {}
        self._series: dict[tuple[int, str, str], int] = {}
        self._others_due = 0.0

    def write(self, name: str, files: Sequence[str], batch: Batch, setting: tuple[float, Mapping[str, Any]] | None = None) -> int:
        """All of the batch, or nothing; gives the bytes that it took. When it returns, what was written survives kill -9.

        `setting` is the stack and the files from that instant on, None where they are what they were.
        """
        pieces: dict[int, list[Piece]] = {}
        for each in batch.figures():
            pieces.setdefault(RAW.part_of(float(each.seconds[0])), []).append(_piece(each))
        with told(self.path, "append to", HISTORY), self._connect() as connection, connection.begin():
            try:
                subject = self._subject(connection, name, files)
                taken = sum(self.insert(connection, subject, RAW, start, found) for start, found in pieces.items())
                self._others(connection, subject, batch, setting)
            except BaseException:
                # What this transaction gave numbers to is not there.
                self.forget()
                raise
        return taken

    def insert(self, connection: "Connection", subject: int, tier: Tier, start: int, pieces: Iterable[Piece]) -> int:
        """These chunks into the part of that tier that begins at `start`, within the caller's transaction; the bytes they take."""
        from sqlalchemy import insert, select, update  # noqa: PLC0415 - as for every store: 200 ms

        from poise.store.history.schema import CHUNK, PART  # noqa: PLC0415

        wanted = (PART.c.subject == subject, PART.c.tier == tier.number, PART.c.start == start)
        part = connection.execute(select(PART.c.id).where(*wanted)).scalar()
        if part is None:
            row = {"subject": subject, "tier": tier.number, "start": start, "bytes": 0, "rolled": False}
            part = connection.execute(insert(PART).values(**row).returning(PART.c.id)).scalar_one()
        layouts: dict[tuple[str, ...], int] = {}
        size, rows = 0, []
        for piece in pieces:
            if piece.components not in layouts:
                layouts[piece.components], taken = _layout(connection, part, piece.components)
                size += taken
            place = {"part": part, "series": self._series_id(connection, subject, piece.source, piece.metric), "kind": piece.kind}
            rows.append(place | {"start": piece.start, "layout": layouts[piece.components], "data": piece.data})
            size += ROW_BYTES + len(piece.data)
        if rows:
            connection.execute(insert(CHUNK), rows)
        # What comes late is made coarser once more, with the rest of its part.
        connection.execute(update(PART).where(PART.c.id == part).values(bytes=PART.c.bytes + size, rolled=False))
        return size

    def tend(self, kept: Mapping[tuple[str, tuple[str, ...]], KeptHistory], most_bytes: float, now: float) -> bool:
        """Make one part coarser that is over, or let go of what is too old or too much; whether there may be more to do.

        `kept` by name and files; what nobody watches any more ages as where nothing is said.
        """
        from poise.store.history.tending import roll_one, trim, trim_others  # noqa: PLC0415

        with told(self.path, "tend", HISTORY), self._connect() as connection, connection.begin():
            if roll_one(self, connection, now):
                return True
        named = {(storable(name), _files(files)): each for (name, files), each in kept.items()}
        with told(self.path, "tend", HISTORY), self._connect() as connection:
            if now >= self._others_due:
                self._others_due = now + RAW.part_seconds
                with connection.begin():
                    longest = max(each.hour_days for each in (KeptHistory(), *kept.values()))
                    trim_others(connection, longest, now)
            return trim(connection, named, most_bytes, now)

    def cut_short(self, kept: Mapping[tuple[str, tuple[str, ...]], KeptHistory], most_bytes: float, now: float) -> set[TierName]:
        """The tiers of which rows had to go that are wanted still (`kept` by name and files), for `most_bytes` hold no more."""
        from poise.store.history.cuts import cuts  # noqa: PLC0415

        found: set[TierName] = set()
        with told(self.path, "tend", HISTORY), self._connect() as connection, connection.begin():
            noted = cuts(connection)
            for (name, files), wanted in kept.items() if noted else ():
                number = self._subject(connection, name, files)
                for tier in TIERS:
                    cut = noted.get((number, tier.number))
                    if cut is not None and cut.most_bytes >= most_bytes and cut.until > now - kept_seconds(wanted, tier):
                        found.add(tier.name)
        return found

    def forget(self) -> None:
        """The numbers that were given before, for the file may be another."""
        self._subjects.clear()
        self._series.clear()

    def _subject(self, connection: "Connection", name: str, files: Sequence[str]) -> int:
        from poise.store.history.schema import SUBJECT  # noqa: PLC0415

        key = (storable(name), _files(files))
        if key not in self._subjects:
            self._subjects[key] = _number(connection, SUBJECT, {"name": key[0], "files": key[1]})
        return self._subjects[key]

    def _series_id(self, connection: "Connection", subject: int, source: str, metric: str) -> int:
        from poise.store.history.schema import SERIES  # noqa: PLC0415

        key = (subject, source, metric)
        if key not in self._series:
            row = {"subject": subject, "source": storable(source), "metric": storable(metric)}
            self._series[key] = _number(connection, SERIES, row)
        return self._series[key]

    def _others(self, connection: "Connection", subject: int, batch: Batch, setting: tuple[float, Mapping[str, Any]] | None) -> None:
        from sqlalchemy import insert  # noqa: PLC0415

        from poise.store.history.schema import HAPPENING, SETTING  # noqa: PLC0415

        rows = [
            {
                "subject": subject,
                "at": event.at.timestamp(),
                "kind": event.kind,
                "component": None if event.component is None else storable(event.component),
                "text": storable(event.text)[:MOST_EVENT_CHARACTERS],
            }
            for event in batch.events
        ]
        if rows:
            connection.execute(insert(HAPPENING), rows)
        if setting is not None:
            content = zlib.compress(json.dumps(setting[1]).encode(), 6)
            connection.execute(insert(SETTING).values(subject=subject, at=setting[0], content=content))


def _piece(figures: Figures) -> Piece:
    start = float(figures.seconds[0])
    return Piece(
        figures.source, figures.metric, 0, figures.components, start, packed(figures.seconds, figures.values, is_exact(figures.metric))
    )


def _files(files: Sequence[str]) -> str:
    return json.dumps([str(Path(name).resolve()) for name in files])


def _layout(connection: "Connection", part: int, components: tuple[str, ...]) -> tuple[int, int]:
    from sqlalchemy import insert, select  # noqa: PLC0415

    from poise.store.history.schema import LAYOUT  # noqa: PLC0415

    text = json.dumps(components).encode()
    digest = blake2b(text, digest_size=16).digest()
    found = connection.execute(select(LAYOUT.c.id).where(LAYOUT.c.part == part, LAYOUT.c.digest == digest)).scalar()
    if found is not None:
        return int(found), 0
    names = zlib.compress(text, 6)
    made = insert(LAYOUT).values(part=part, digest=digest, names=names).returning(LAYOUT.c.id)
    return int(connection.execute(made).scalar_one()), ROW_BYTES + len(names)


def _number(connection: "Connection", table: Any, row: Mapping[str, Any]) -> int:
    from sqlalchemy import insert, select  # noqa: PLC0415

    found = connection.execute(select(table.c.id).where(*(table.c[name] == value for name, value in row.items()))).scalar()
    return int(found if found is not None else connection.execute(insert(table).values(**row).returning(table.c.id)).scalar_one())
