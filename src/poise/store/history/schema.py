"""The tables of the history, as of its newest migration."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()
# A load balancer, and the files that it was watched by: two may both be called lb1.
SUBJECT = Table(
    "subject",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("files", Text, nullable=False),
    UniqueConstraint("name", "files"),
)
SERIES = Table(
    "series",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("metric", Text, nullable=False),
    UniqueConstraint("subject", "source", "metric"),
)
# What is made coarser, and let go of, as a whole. `rolled` says that the next tier has it.
PART = Table(
    "part",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("rolled", Boolean, nullable=False),
    UniqueConstraint("subject", "tier", "start"),
)
# The names of a part's columns, in order; kept with each part, so that no churn of servers outlives its rows.
LAYOUT = Table(
    "layout",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("part", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("names", LargeBinary, nullable=False),
    UniqueConstraint("part", "digest"),
)
# `kind`: 0 the value (of a counter in raw rows its total, in others what it rose), 1 the least, 2 the most of it.
CHUNK = Table(
    "chunk",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("part", Integer, nullable=False),
    Column("series", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("start", Float, nullable=False),
    Column("layout", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_chunk_place", "part", "series", "kind", "start"),
)
HAPPENING = Table(
    "happening",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", Text, nullable=False),
    Column("component", Text),
    Column("text", Text, nullable=False),
    Index("ix_happening_at", "subject", "at"),
)
# The stack and the files as they were from `at` on.
SETTING = Table(
    "setting",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("ix_setting_at", "subject", "at"),
)
# Until when the rows of a tier had to go because all together were more than `most_bytes`, though they were not too old.
CUT = Table(
    "cut",
    METADATA,
    Column("subject", Integer, primary_key=True),
    Column("tier", Integer, primary_key=True),
    Column("until", Integer, nullable=False),
    Column("most_bytes", Integer, nullable=False),
)
