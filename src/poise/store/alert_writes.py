"""The rows of one transaction of the alert store."""

from typing import Any

from sqlalchemy import Connection, Table, and_, delete
from sqlalchemy.dialects.sqlite import insert

from poise.alerting.decision import Place
from poise.alerting.delivery import Delivery
from poise.store.alert_codec import group_text, held_text, key_text
from poise.store.alert_store import Changes
from poise.store.schema import ALERT, ALERT_GROUP, NOTIFICATION
from poise.store.storable import storable


def write(connection: Connection, scope: str, changes: Changes) -> None:
    """Inserts, replaces and deletes."""
    alerts = [_alert(scope, identity) | {"payload": held_text(held)} for identity, held in changes.alerts.items() if held is not None]
    groups = [_group(scope, place) | {"payload": group_text(group)} for place, group in changes.groups.items() if group is not None]
    _upsert(connection, ALERT, alerts)
    _upsert(connection, ALERT_GROUP, groups)
    _upsert(connection, NOTIFICATION, [_row(scope, delivery) for delivery in changes.deliveries.values()])
    for identity in (identity for identity, held in changes.alerts.items() if held is None):
        connection.execute(delete(ALERT).where(*_same(ALERT, _alert(scope, identity))))
    for place in (place for place, group in changes.groups.items() if group is None):
        connection.execute(delete(ALERT_GROUP).where(*_same(ALERT_GROUP, _group(scope, place))))
    for delivery in changes.deliveries.values():
        if delivery.reason == "repeat" and delivery.state == "delivered":
            # An Alertmanager is told every minute: the last time is worth a row.
            same = _same(NOTIFICATION, _group(scope, delivery.place) | {"reason": "repeat", "state": "delivered"})
            connection.execute(delete(NOTIFICATION).where(*same, NOTIFICATION.c.id != delivery.id))


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _same(table: Table, values: dict[str, Any]) -> list[Any]:
    return [and_(*(table.c[name] == value for name, value in values.items()))]


def _alert(scope: str, identity: tuple[str, str, str]) -> dict[str, Any]:
    return dict(zip(("scope", "load_balancer", "detector", "component"), map(storable, (scope, *identity)), strict=True))


def _group(scope: str, place: Place) -> dict[str, Any]:
    return {"scope": storable(scope), "receiver": storable(place[0]), "group_key": key_text(place[1])}


def _row(scope: str, delivery: Delivery) -> dict[str, Any]:
    return _group(scope, delivery.place) | {
        "id": delivery.id,
        "reason": delivery.reason,
        "title": storable(delivery.title),
        "pages": delivery.pages,
        "decided_at": delivery.decided.isoformat(),
        "state": delivery.state,
        "settled_at": None if delivery.settled is None else delivery.settled.isoformat(),
        "attempts": delivery.attempts,
        "next_attempt": None if delivery.next_attempt is None else delivery.next_attempt.isoformat(),
        "error": None if delivery.error is None else storable(delivery.error),
    }
