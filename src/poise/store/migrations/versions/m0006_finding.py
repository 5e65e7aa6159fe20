"""What is found without reading whole logs: which incidents there are, which event says a word; and the files kept with them."""

import json

import sqlalchemy as sa
from alembic import op

from poise.incidents.log_event import said_in

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """`incident` is kept by a trigger, so that it cannot differ from the log; its summary is a copy that is made when somebody asks.

    `event_search` holds the index alone (sqlite.org/fts5.html, contentless tables): the text itself is in the log. It is filled by the
    function that fills it today, for old events and new ones are found by the same words.
    """
    op.create_table(
        "incident",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("first_seq", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("opened", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("summary_seq", sa.Integer),
    )
    op.create_index("ix_incident_first_seq", "incident", ["first_seq"])
    op.execute(
        "INSERT INTO incident SELECT incident_id, min(seq), max(seq), max(kind = 'opened'), NULL, NULL FROM event GROUP BY incident_id"
    )
    op.execute(
        "CREATE TRIGGER event_counts AFTER INSERT ON event BEGIN "
        "INSERT INTO incident VALUES (new.incident_id, new.seq, new.seq, new.kind = 'opened', NULL, NULL) "
        "ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq, opened = max(opened, excluded.opened); END"
    )
    op.execute("CREATE VIRTUAL TABLE event_search USING fts5(said, content='', tokenize='unicode61 remove_diacritics 2')")
    connection = op.get_bind()
    fill = sa.text("INSERT INTO event_search (rowid, said) VALUES (:seq, :said)")
    for row in connection.execute(sa.text("SELECT seq, source, payload FROM event")).all():
        said = said_in(row.source, json.loads(row.payload))
        connection.execute(fill, {"seq": row.seq, "said": said.encode("utf-8", "replace").decode()})
    op.create_table(
        "attachment",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER attachment_no_{verb.lower()} BEFORE {verb} ON attachment "
            "BEGIN SELECT RAISE(ABORT, 'what was kept with an incident is append-only: attach another file'); END"
        )
