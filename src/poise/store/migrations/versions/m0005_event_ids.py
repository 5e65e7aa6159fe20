"""An event may bear its writer's name for it, so that one said twice is kept once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, empty for what was written before, and an index over those that have one."""
    op.add_column("event", sa.Column("event_id", sa.Text))
    op.create_index("ix_event_event_id", "event", ["incident_id", "event_id"], unique=True, sqlite_where=sa.text("event_id IS NOT NULL"))
