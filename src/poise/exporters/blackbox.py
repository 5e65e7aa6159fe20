"""blackbox_exporter: a client of one's own, which sees what no inner figure does."""

from collections.abc import Iterable, Sequence

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table

# One request a probe: its time is both the middle and the worst of what clients got then.
TABLE: Table = {
    "probe_success": (Column("client", "success_ratio"),),
    "probe_duration_seconds": (Column("client", "p50_ms", 1000.0), Column("client", "p99_ms", 1000.0)),
}


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """A client for each target."""
    return by_table(found, TABLE, lambda one, _: (one.label("instance"), None), apart=None)


BLACKBOX = Exporter("blackbox_exporter", ("probe_",), tuple(TABLE), read)
