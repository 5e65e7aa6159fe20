"""postgres_exporter: sessions and what they wait for, limits, transactions, and statements where pg_stat_statements is read."""

from collections.abc import Iterable, Mapping, Sequence

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, added, by_table, mean
from poise.model.series import Series

ACTIVITY = "pg_stat_activity_count"
TABLE: Table = {
    ACTIVITY: (Column("database", "connections"), Column("database", "active", labels={"state": "active"})),
    "pg_settings_max_connections": (Column("database", "connection_limit"),),
    "pg_stat_database_xact_commit": (Column("database", "transactions_total"),),
    "pg_stat_database_xact_rollback": (Column("database", "transactions_total"),),
    "pg_stat_database_deadlocks": (Column("database", "deadlocks_total"),),
}
SECONDS, CALLS = "pg_stat_statements_seconds_total", "pg_stat_statements_calls_total"


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """A database for each instance: its server as a whole, for locks, limits and slowness are the server's."""
    yield from by_table(found, TABLE, lambda one, _: (_instance(one), None), apart=None)
    for instance, several in _by_instance(found, ACTIVITY).items():
        # Exporters before 0.16 do not tell what sessions wait for: then it was not measured, which is not 0.
        if any(one.labels.get("wait_event_type") for one in several):
            none = [Series(one.series.seconds, 0 * one.series.values) for one in several]
            locked = [one.series for one in several if one.labels.get("wait_event_type") == "Lock"]
            yield Measured("", "database", instance, "lock_waits", added((*none, *locked)))
    calls = _by_instance(found, CALLS)
    for instance, several in _by_instance(found, SECONDS).items():
        if instance in calls:
            total, counted = (added([one.series for one in each]) for each in (several, calls[instance]))
            yield Measured("", "database", instance, "statement_ms", mean(total, counted, 1000.0))


def _by_instance(found: Sequence[Labelled], name: str) -> Mapping[str, list[Labelled]]:
    groups: dict[str, list[Labelled]] = {}
    for one in found:
        if one.name == name:
            groups.setdefault(_instance(one), []).append(one)
    return groups


def _instance(one: Labelled) -> str:
    # `server` is the exporter's own label where it reads several servers.
    return one.label("server") if one.labels.get("server") else one.label("instance")


POSTGRES = Exporter("postgres_exporter", ("pg_",), (*TABLE, SECONDS, CALLS), read)
