"""Finds in the store without reading whole logs: a line of each incident, the events that say certain words, the files kept with them."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from poise.incidents.found import Hit
from poise.incidents.lifecycle import fold
from poise.incidents.summary import Summary, summary
from poise.store.incident_log import IncidentLog, event_of
from poise.store.store_error import StoreError
from poise.store.telling import told

WORD = re.compile(r"\w+\*?")
# Larger files belong where they can be looked at; a link to them belongs in the incident.
MOST_BYTES = 10_000_000


class IncidentFinder(IncidentLog):
    """The store with what is found in it."""

    def summaries(self, most: int | None = None, status: str | None = None) -> tuple[Summary, ...]:
        """A line of each incident that was opened, the newest first, of those in `status`. A log is read again only if it grew."""
        from sqlalchemy import select, update  # noqa: PLC0415

        from poise.store.schema import INCIDENT  # noqa: PLC0415

        query = select(INCIDENT).where(INCIDENT.c.opened).order_by(INCIDENT.c.first_seq.desc())
        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = connection.execute(query if status is not None else query.limit(most)).all()
        stale = [row for row in rows if row.summary_seq != row.last_seq]
        fresh = {row.id: (row.last_seq, summary(fold(self.events(row.id), row.id))) for row in stale}
        if fresh:
            self._remember(
                [
                    # Where the log grew meanwhile it is read again next time.
                    update(INCIDENT).where(INCIDENT.c.id == name).values(summary=_text_of(line), summary_seq=seq)
                    for name, (seq, line) in fresh.items()
                ]
            )
        lines = (fresh[row.id][1] if row.id in fresh else _summary(row.id, row.summary) for row in rows)
        return tuple(line for line in lines if status in (None, line.status))[:most]

    def search(self, words: str, most: int = 50) -> tuple[Hit, ...]:
        """The newest events that say all these words: whole ones, in any case; `wor*` is what begins so. Raises StoreError for no word."""
        from sqlalchemy import select, text  # noqa: PLC0415

        from poise.store.schema import EVENT  # noqa: PLC0415

        wanted = WORD.findall(words)
        if not wanted:
            raise StoreError(f"{words!r} holds no word to search for: write one of letters or digits")
        match = " ".join(f'"{word.rstrip("*")}"' + ("*" if word.endswith("*") else "") for word in wanted)
        found = text("SELECT rowid FROM event_search WHERE event_search MATCH :match ORDER BY rowid DESC LIMIT :most")
        with told(self.path, "search"), self._connect(reading=True) as connection:
            numbers = [int(row[0]) for row in connection.execute(found, {"match": match, "most": most})]
            rows = connection.execute(select(EVENT).where(EVENT.c.seq.in_(numbers)).order_by(EVENT.c.seq.desc())).all()
            # The newest opening has the title that stands.
            titles = {row.incident_id: "" for row in rows}
            for name in titles:
                newest = select(EVENT.c.payload).where(EVENT.c.incident_id == name, EVENT.c.kind == "opened").order_by(EVENT.c.seq.desc())
                titles[name] = str(json.loads(connection.execute(newest.limit(1)).scalar() or "{}").get("title", ""))
        return tuple(Hit(row.incident_id, titles[row.incident_id], event_of(row)) for row in rows)

    def attach(self, content: bytes) -> str:
        """Keeps a file's content; gives the sha256 that finds it. Raises StoreError where it is larger than MOST_BYTES."""
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415

        from poise.store.schema import ATTACHMENT  # noqa: PLC0415

        if len(content) > MOST_BYTES:
            raise StoreError(
                f"the file has {len(content):,} bytes, and an incident keeps {MOST_BYTES:,} at most: put it where others can read it, and "
                "link to it with `poise incident link`"
            )
        digest = sha256(content).hexdigest()
        with told(self.path, "write"), self._connect() as connection, connection.begin():
            connection.execute(insert(ATTACHMENT).values(sha256=digest, content=content).on_conflict_do_nothing())
        return digest

    def attached(self, digest: str) -> bytes:
        """The content of that sha256. Raises StoreError where there is none."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import ATTACHMENT  # noqa: PLC0415

        with told(self.path, "read"), self._connect(reading=True) as connection:
            found = connection.execute(select(ATTACHMENT.c.content).where(ATTACHMENT.c.sha256 == digest)).scalar()
        if found is None:
            raise StoreError(f"{self.path} has no file of sha256 {digest}: it was attached in another store")
        return bytes(found)

    def _remember(self, updates: Sequence[Any]) -> None:
        """Copies alone: where they cannot be written, as by who may only read, they are made again next time."""
        try:
            with told(self.path, "write"), self._connect() as connection, connection.begin():
                for each in updates:
                    connection.execute(each)
        except StoreError:
            return


def _text_of(line: Summary) -> str:
    start = None if line.start is None else line.start.isoformat()
    lasted = None if line.lasted is None else line.lasted.total_seconds()
    return json.dumps([line.title, line.severity, line.status, start, lasted])


def _summary(name: str, text: str) -> Summary:
    title, severity, status, start, lasted = json.loads(text)
    begun = None if start is None else datetime.fromisoformat(start)
    return Summary(name, title, severity, status, begun, None if lasted is None else timedelta(seconds=lasted))
