"""The incident log on disk: SQLite in WAL mode, each append on stable storage before its number is returned."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poise.incidents.log_event import LogEvent, said_in
from poise.store.storable import storable
from poise.store.store_error import StoreError
from poise.store.store_file import StoreFile
from poise.store.telling import told

if TYPE_CHECKING:
    from sqlalchemy import Connection

BUSY = timedelta(seconds=20)


class IncidentLog(StoreFile):
    """The append-only log of all incidents in one file; several processes may write at once."""

    def __init__(self, path: Path, busy: timedelta = BUSY) -> None:
        super().__init__(path, busy)

    def append(self, incident_id: str, event: LogEvent) -> int:
        """Appends; returns the event's sequence number. When it returns the event survives kill -9 and the loss of power."""
        return self.append_all(incident_id, (event,))[-1]

    def append_all(self, incident_id: str, events: Sequence[LogEvent]) -> tuple[int, ...]:
        """All of them or none, with one wait for the disk. Sequence numbers in order; of an event whose id is there already, the number
        that it has. Raises StoreError where that id stands for another event."""
        return self.append_each({incident_id: events})[incident_id]

    def append_each(self, logs: Mapping[str, Sequence[LogEvent]]) -> Mapping[str, tuple[int, ...]]:
        """The same of several incidents by their ids: all of them or none."""
        rows = {name: [(_row(name, event), event) for event in events] for name, events in logs.items()}
        with told(self.path, "append to"), self._connect() as connection, connection.begin():
            return {name: tuple(_append(connection, row, event) for row, event in each) for name, each in rows.items()}

    def events(self, incident_id: str) -> tuple[LogEvent, ...]:
        """That incident's events in the order of the log, empty if there is none of that id."""
        return tuple(event for _, event in self.numbered(incident_id))

    def numbered(self, incident_id: str, after: int = 0) -> tuple[tuple[int, LogEvent], ...]:
        """The same with sequence numbers; with `after` only those that came later than that one."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import EVENT  # noqa: PLC0415

        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = connection.execute(
                select(EVENT).where(EVENT.c.incident_id == incident_id, EVENT.c.seq > after).order_by(EVENT.c.seq)
            ).all()
        return tuple((row.seq, event_of(row)) for row in rows)

    def list(self, opened: bool = False, beginning: str = "", most: int | None = None) -> tuple[str, ...]:
        """Ids of all incidents, the one whose log began last first; of those that were `opened`, whose id has that beginning, so many."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import INCIDENT  # noqa: PLC0415

        query = select(INCIDENT.c.id).order_by(INCIDENT.c.first_seq.desc()).limit(most)
        if opened:
            query = query.where(INCIDENT.c.opened)
        if beginning:
            query = query.where(INCIDENT.c.id.startswith(storable(beginning), autoescape=True))
        with told(self.path, "read"), self._connect(reading=True) as connection:
            return tuple(str(row[0]) for row in connection.execute(query))


def _append(connection: "Connection", row: dict[str, str | None], event: LogEvent) -> int:
    from sqlalchemy import insert, select  # noqa: PLC0415

    from poise.store.schema import EVENT, EVENT_SEARCH  # noqa: PLC0415

    if row["event_id"] is not None:
        named = (EVENT.c.incident_id == row["incident_id"], EVENT.c.event_id == row["event_id"])
        known = connection.execute(select(EVENT).where(*named)).first()
        if known is not None:
            if (known.kind, known.source, known.payload) != (row["kind"], row["source"], row["payload"]):
                raise StoreError(
                    f"the event id {row['event_id']!r} stands for another event of this incident (number {known.seq}): nothing was kept; "
                    "give this one an id of its own"
                )
            return int(known.seq)
    seq = int(connection.execute(insert(EVENT).values(**row).returning(EVENT.c.seq)).scalar_one())
    # An index alone: what it cannot take, as half of a character, may stand as a question mark.
    said = said_in(event.source, event.payload).encode("utf-8", "replace").decode()
    connection.execute(insert(EVENT_SEARCH).values(rowid=seq, said=said))
    return seq


def _row(incident_id: str, event: LogEvent) -> dict[str, str | None]:
    if event.at.tzinfo is None or event.recorded_at.tzinfo is None:
        raise ValueError("an instant without an offset cannot be logged: it would be read as another time elsewhere")
    return {
        "incident_id": storable(incident_id),
        "kind": storable(event.kind),
        "at": event.at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "source": storable(event.source),
        # Lone surrogates, as from a file name, are no UTF-8: JSON's \u escapes carry them through the database unharmed.
        "payload": json.dumps(dict(event.payload), ensure_ascii=True, allow_nan=False),
        "event_id": storable(event.id) or None,
    }


def event_of(row: Any) -> LogEvent:
    """The event that a row of the log holds."""
    at, recorded_at = datetime.fromisoformat(row.at), datetime.fromisoformat(row.recorded_at)
    return LogEvent(row.kind, at, recorded_at, row.source, json.loads(row.payload), row.event_id or "", row.seq)
