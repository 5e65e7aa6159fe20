"""What had to go for want of room, so that a past that is short by size is told from one that is short by age."""

import sqlalchemy as sa
from alembic import op

revision = "h0002"
down_revision = "h0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; `schema` says what stands in it."""
    op.create_table(
        "cut",
        sa.Column("subject", sa.Integer, primary_key=True),
        sa.Column("tier", sa.Integer, primary_key=True),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("most_bytes", sa.Integer, nullable=False),
    )
