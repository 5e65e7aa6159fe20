"""Chunks of columns in parts, what their columns are called, what happened, and how the stack was set up."""

import sqlalchemy as sa
from alembic import op

revision = "h0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Seven tables; `schema` says what stands in them."""
    op.create_table(
        "subject",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.UniqueConstraint("name", "files"),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.UniqueConstraint("subject", "source", "metric"),
    )
    op.create_table(
        "part",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Integer, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("rolled", sa.Boolean, nullable=False),
        sa.UniqueConstraint("subject", "tier", "start"),
    )
    op.create_table(
        "layout",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("names", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("part", "digest"),
    )
    op.create_table(
        "chunk",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("series", sa.Integer, nullable=False),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("start", sa.Float, nullable=False),
        sa.Column("layout", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_chunk_place", "chunk", ["part", "series", "kind", "start"])
    op.create_table(
        "happening",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("component", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_happening_at", "happening", ["subject", "at"])
    op.create_table(
        "setting",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_setting_at", "setting", ["subject", "at"])
