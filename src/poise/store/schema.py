"""The tables of the store, as of the newest migration."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, column, table

from poise.store.file_format import INCIDENTS

HEAD, KNOWN = INCIDENTS.head, INCIDENTS.known

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
    Column("event_id", Text),
    sqlite_autoincrement=True,
)
Index("ix_event_event_id", EVENT.c.incident_id, EVENT.c.event_id, unique=True, sqlite_where=EVENT.c.event_id.is_not(None))
# Kept by a trigger. `summary` is that of the log as far as `summary_seq`.
INCIDENT = Table(
    "incident",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("first_seq", Integer, nullable=False, index=True),
    Column("last_seq", Integer, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("summary", Text),
    Column("summary_seq", Integer),
)
# The words of each event, by its number: an index of SQLite's full-text search, which METADATA cannot describe.
EVENT_SEARCH = table("event_search", column("rowid", Integer), column("said", Text), column("event_search", Text))
ATTACHMENT = Table(
    "attachment",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
# `scope` says which watch: two that share a store keep their alerts apart.
ALERT = Table(
    "alert",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("load_balancer", Text, primary_key=True),
    Column("detector", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("payload", Text, nullable=False),
)
ALERT_GROUP = Table(
    "alert_group",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("receiver", Text, primary_key=True),
    Column("group_key", Text, primary_key=True),
    Column("payload", Text, nullable=False),
)
NOTIFICATION = Table(
    "notification",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("pages", Boolean, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("settled_at", Text),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt", Text),
    Column("error", Text),
)
ALERT_ACT = Table(
    "alert_act",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,
)
# `same_as` is the review that found the same, whose `content` stands for both.
REVIEW = Table(
    "review",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("load_balancer", Text, nullable=False, index=True),
    Column("files", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("worse", Text, nullable=False),
    Column("compared_with", Integer),
    Column("same_as", Integer),
    Column("content", Text),
    sqlite_autoincrement=True,
)
REVIEW_SIGN_OFF = Table(
    "review_sign_off",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("review", Integer, nullable=False, index=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", Text, nullable=False),
    sqlite_autoincrement=True,
)
