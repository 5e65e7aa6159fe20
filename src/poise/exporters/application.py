"""An application's own page with `app_in_flight`, `app_slots` …, the names that `[watch.server].metrics` is read by."""

from collections.abc import Iterable, Sequence

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table, mean

PLAIN = ("in_flight", "slots", "queue", "shed_total", "requests_total", "database_errors_total")
TABLE: Table = {f"app_{metric}": (Column("application", metric),) for metric in PLAIN}
MEANS = {"response_ms": "app_response_seconds", "database_ms": "app_database_seconds"}


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """An application for each instance."""
    yield from by_table(found, TABLE, lambda one, _: (one.label("instance"), None), apart=None)
    series = {(one.name, one.label("instance")): one.series for one in found}
    for metric, base in MEANS.items():
        for (name, instance), total in series.items():
            if name == f"{base}_sum" and (f"{base}_count", instance) in series:
                counted = series[f"{base}_count", instance]
                yield Measured("", "application", instance, metric, mean(total, counted, 1000.0))


APPLICATION = Exporter(
    "an application's page", ("app_",), (*TABLE, *(f"{base}_{end}" for base in MEANS.values() for end in ("sum", "count"))), read
)
