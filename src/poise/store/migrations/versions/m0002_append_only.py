"""The database itself refuses to change or delete what was logged."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two triggers. What is wrong is corrected by a later event, so that an incident's history stays whole."""
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the incident log is append-only: correct it with a later event'); END"
        )
