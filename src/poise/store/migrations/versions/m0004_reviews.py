"""The scheduled reviews of load balancers, and who signed them off."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two logs: nothing in them changes."""
    op.create_table(
        "review",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("load_balancer", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("worse", sa.Text, nullable=False),
        sa.Column("compared_with", sa.Integer),
        sa.Column("same_as", sa.Integer),
        sa.Column("content", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_load_balancer", "review", ["load_balancer"])
    op.create_table(
        "review_sign_off",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("review", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_sign_off_review", "review_sign_off", ["review"])
    for table in ("review", "review_sign_off"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'reviews are append-only: sign or review again'); END"
            )
