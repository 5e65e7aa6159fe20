"""The schema of the incidents' store: how it is made and told, and files that are none of ours."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from poise.store.incident_log import IncidentLog
from poise.store.schema import HEAD, KNOWN, METADATA
from poise.store.store_error import StoreError


def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    IncidentLog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer poise \(schema 0999.*upgrade poise"):
        IncidentLog(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is a text file, " * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "i.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="no incident store, or is damaged"):
        IncidentLog(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    with pytest.raises(StoreError, match="database of another program"):
        IncidentLog(path)
    with sqlite3.connect(path) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["orders"]
    connection.close()


def test_the_migrations_make_the_declared_tables(tmp_path: Path) -> None:
    """The schema in words and what the migrations build are compared by alembic itself."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    path = tmp_path / "i.db"
    IncidentLog(path).close()
    with create_engine(f"sqlite:///{path}").connect() as connection:
        # The full-text index and its shadow tables are SQLite's own.
        ours = {"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("event_search")}
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), METADATA) == []
    import poise.store

    scripts = ScriptDirectory(str(Path(poise.store.__file__).parent / "migrations"))
    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([s.revision for s in scripts.walk_revisions()])) == KNOWN


def test_opening_an_up_to_date_store_does_not_import_alembic(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    IncidentLog(path).close()
    code = (
        "import sys; from pathlib import Path; from poise.store.incident_log import IncidentLog; "
        "assert 'sqlalchemy' not in sys.modules; IncidentLog(Path(sys.argv[1])); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
