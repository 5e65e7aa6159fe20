"""The tables of the incident store, as of the newest migration."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

HEAD = "0002"
KNOWN = ("0001", "0002")

METADATA = MetaData()
EVENT = Table(
    "event",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,
)
