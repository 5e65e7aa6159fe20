"""What alerting keeps on disk: a decision to notify is here before it is sent, and what was delivered is marked here after it was."""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from poise.alerting.act import Act
from poise.alerting.decision import Place
from poise.alerting.delivery import Delivery
from poise.alerting.group import Group
from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.store.alert_codec import UNREADABLE, group_of_text, held_of_text, key_of_text
from poise.store.storable import storable
from poise.store.store_file import StoreFile
from poise.store.telling import told

# What was said is kept that long; an incident's own log is kept for good.
KEPT_FOR = timedelta(days=90)


@dataclass(slots=True)
class Changes:
    """What is to be kept, all of it or nothing. None is for what is gone."""

    alerts: dict[Identity, Held | None] = field(default_factory=dict)
    groups: dict[Place, Group | None] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.groups or self.deliveries)

    def add(self, later: "Changes") -> None:
        """These, and after them `later`."""
        self.alerts |= later.alerts
        self.groups |= later.groups
        self.deliveries |= later.deliveries


@dataclass(frozen=True, slots=True)
class KeptAlerts:
    """What a watch left. `unreadable` counts rows that could not be understood."""

    alerts: Mapping[Identity, Held] = field(default_factory=dict)
    groups: Mapping[Place, Group] = field(default_factory=dict)
    deliveries: Sequence[Delivery] = ()
    unreadable: int = 0


class AlertStore(StoreFile):
    """One watch's alerts in the store at `path`; `scope` says whose."""

    def __init__(self, path: Path, scope: str, busy: timedelta) -> None:
        super().__init__(path, busy)
        self.scope = scope

    def save(self, changes: Changes) -> None:
        """All of it or nothing, with one wait for the disk. When it returns it survives kill -9 and the loss of power."""
        from poise.store.alert_writes import write  # noqa: PLC0415

        with told(self.path, "write"), self._connect() as connection, connection.begin():
            write(connection, self.scope, changes)

    def load(self, now: datetime) -> KeptAlerts:
        """What this scope's last watch left. What was settled long ago is forgotten."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import ALERT, ALERT_GROUP, NOTIFICATION  # noqa: PLC0415

        self.prune(now)
        with told(self.path, "read"), self._connect(reading=True) as connection, connection.begin():
            alerts = connection.execute(select(ALERT).where(ALERT.c.scope == self.scope)).all()
            groups = connection.execute(select(ALERT_GROUP).where(ALERT_GROUP.c.scope == self.scope)).all()
            waiting = connection.execute(
                select(NOTIFICATION).where(NOTIFICATION.c.scope == self.scope, NOTIFICATION.c.state == "waiting")
            ).all()
        return _kept(alerts, groups, waiting)

    def prune(self, now: datetime) -> None:
        """Forget what was settled long ago."""
        from sqlalchemy import delete  # noqa: PLC0415

        from poise.store.schema import NOTIFICATION  # noqa: PLC0415

        with told(self.path, "write"), self._connect() as connection, connection.begin():
            old = NOTIFICATION.c.settled_at < (now - KEPT_FOR).isoformat()
            connection.execute(delete(NOTIFICATION).where(NOTIFICATION.c.scope == self.scope, old))

    def act(self, act: Act) -> int:
        """Appends what a person did; returns its number."""
        from sqlalchemy import insert  # noqa: PLC0415

        from poise.store.schema import ALERT_ACT  # noqa: PLC0415

        row = {"at": act.at.isoformat(), "kind": act.kind, "who": storable(act.who), "payload": json.dumps(dict(act.payload))}
        with told(self.path, "append to"), self._connect() as connection, connection.begin():
            return int(connection.execute(insert(ALERT_ACT).values(**row).returning(ALERT_ACT.c.seq)).scalar_one())

    def acts(self, after: int = 0) -> Sequence[tuple[int, Act]]:
        """What people did, after that number, in order."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import ALERT_ACT  # noqa: PLC0415

        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = connection.execute(select(ALERT_ACT).where(ALERT_ACT.c.seq > after).order_by(ALERT_ACT.c.seq)).all()
        found: list[tuple[int, Act]] = []
        for row in rows:
            # One that cannot be understood is no reason to hear none of the others, or to end the watch.
            with suppress(*UNREADABLE):
                found.append((int(row.seq), Act(row.kind, datetime.fromisoformat(row.at), row.who, json.loads(row.payload))))
        return tuple(found)

    def firing(self) -> tuple[Held, ...]:
        """What fires in all watches that share the store."""
        from sqlalchemy import select  # noqa: PLC0415

        from poise.store.schema import ALERT  # noqa: PLC0415

        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = connection.execute(select(ALERT)).all()
        return tuple(_kept(rows, (), ()).alerts.values())

    def everything(self, most_deliveries: int) -> Mapping[str, KeptAlerts]:
        """By scope, what all watches that share the store have; of the messages to each receiver so many, those that wait and the newest of
        the others. A watch of years has sent hundreds of thousands."""
        from sqlalchemy import func, select  # noqa: PLC0415

        from poise.store.schema import ALERT, ALERT_GROUP, NOTIFICATION  # noqa: PLC0415

        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = [connection.execute(select(table)).all() for table in (ALERT, ALERT_GROUP)]
            order = (NOTIFICATION.c.state != "waiting", NOTIFICATION.c.decided_at.desc())
            place = func.row_number().over(partition_by=(NOTIFICATION.c.scope, NOTIFICATION.c.receiver), order_by=order).label("place")
            ordered = select(NOTIFICATION, place).subquery()
            rows.append(connection.execute(select(ordered).where(ordered.c.place <= most_deliveries)).all())
        scopes = dict.fromkeys(str(row.scope) for table in rows for row in table)
        return {scope: _kept(*([row for row in table if row.scope == scope] for table in rows)) for scope in scopes}


def _kept(alerts: Collection[Any], groups: Collection[Any], deliveries: Collection[Any]) -> KeptAlerts:
    held: dict[Identity, Held] = {}
    found: dict[Place, Group] = {}
    unreadable = 0
    for row in alerts:
        try:
            one = held_of_text(row.payload)
            held[one.identity] = one
        except UNREADABLE:
            unreadable += 1
    for row in groups:
        try:
            key = key_of_text(row.group_key)
            found[row.receiver, key] = group_of_text(row.receiver, key, row.payload)
        except UNREADABLE:
            unreadable += 1
    said: list[Delivery] = []
    for row in deliveries:
        try:
            said.append(_delivery(row))
        except UNREADABLE:
            unreadable += 1
    return KeptAlerts(held, found, tuple(said), unreadable)


def _delivery(row: Any) -> Delivery:
    settled, following = (None if at is None else datetime.fromisoformat(at) for at in (row.settled_at, row.next_attempt))
    place = (row.receiver, key_of_text(row.group_key))
    decided = datetime.fromisoformat(row.decided_at)
    return Delivery(
        row.id, place, row.reason, row.title, bool(row.pages), decided, row.state, settled, int(row.attempts), following, row.error
    )
