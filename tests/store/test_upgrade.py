"""Upgrades of the store: from every earlier schema, after a copy; killed, out of space or without rights, the old one is still there."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.incidents.log_event import entry
from poise.store.backup import back_up
from poise.store.incident_log import IncidentLog
from poise.store.schema import HEAD, KNOWN
from poise.store.store_error import StoreError

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
EARLIER = KNOWN[:-1]
INSERT = (
    "INSERT INTO event (incident_id, kind, at, recorded_at, source, payload) VALUES "
    """('a', 'entry', '2023-11-10T13:45:00+00:00', '2023-11-10T13:45:00+00:00', 'test', '{"text": "old", "kind": "note"}')"""
)
# Opens the store of argv 1; killed where argv 2 says.
KILLED = """
import os, signal, sys
from pathlib import Path
import alembic.command
import poise.store.backup as backup
from poise.store.incident_log import IncidentLog
upgrade, sync = alembic.command.upgrade, backup._sync
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "copying": backup._sync = die
if sys.argv[2] == "copied": alembic.command.upgrade = die
if sys.argv[2] == "migrated": alembic.command.upgrade = lambda *a: (upgrade(*a), die())
IncidentLog(Path(sys.argv[1]))
"""
# Opens the store of argv 1 where no file may grow beyond argv 2 bytes: the kernel refuses the write as on a full disk.
LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from poise.store.incident_log import IncidentLog
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
IncidentLog(Path(sys.argv[1]))
"""


def store_of(path: Path, revision: str, events: int = 1) -> None:
    """A store as the migrations up to that revision make it."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    config = Config()
    config.set_main_option("script_location", "poise.store:migrations")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        for _ in range(events):
            connection.execute(INSERT)


def version(path: Path) -> tuple[str, int, str]:
    with closing(sqlite3.connect(path)) as connection:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        return revision, events, connection.execute("PRAGMA integrity_check").fetchone()[0]


def copies(path: Path) -> list[Path]:
    return sorted(each for each in path.parent.glob(f"{path.name}.schema-*") if not each.name.endswith(("-wal", "-shm")))


def run(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("revision", EARLIER)
def test_every_earlier_store_is_upgraded_after_a_copy(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "i.db"
    store_of(path, revision)
    path.chmod(0o640)
    with IncidentLog(path) as log:
        assert [e.payload for e in log.events("a")] == [{"text": "old", "kind": "note"}]
        log.append("a", entry("note", NOW, NOW, "test", "new"))
    assert version(path) == (HEAD, 2, "ok")
    (copy,) = copies(path)
    assert copy.name.startswith(f"i.db.schema-{revision}-2")
    assert copy.name.endswith("Z")
    assert version(copy) == (revision, 1, "ok")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640


def test_an_earlier_copy_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    store_of(path, "0001")
    (tmp_path / "i.db.schema-0001-20261127T040000Z").write_text("an earlier copy")
    assert back_up(path, "0001", NOW).name == "i.db.schema-0001-20261127T040000Z.2"
    assert (tmp_path / "i.db.schema-0001-20261127T040000Z").read_text() == "an earlier copy"


def test_the_copy_has_what_only_the_write_ahead_log_holds(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    store_of(path, "0001")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute(INSERT)
        IncidentLog(path).close()
    assert version(copies(path)[0])[:2] == ("0001", 2)


@pytest.mark.parametrize(("place", "left"), [("copying", 1), ("copied", 1), ("migrated", 1)])
def test_killed_in_the_middle_the_next_one_upgrades(tmp_path: Path, place: str, left: int) -> None:
    path = tmp_path / "i.db"
    store_of(path, "0001")
    assert run(KILLED, path, place).returncode == -9
    assert version(path) == ("0001", 1, "ok")
    assert len(copies(path)) == left
    IncidentLog(path).close()
    assert version(path) == (HEAD, 1, "ok")
    for copy in copies(path):
        assert version(copy) == ("0001", 1, "ok")
    assert not (tmp_path / "i.db.schema-copy").exists()


def test_two_at_once_copy_and_upgrade_once(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    store_of(path, "0001")
    both = [subprocess.Popen([sys.executable, "-c", KILLED, str(path), "never"]) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    assert version(path) == (HEAD, 1, "ok")
    assert [version(copy) for copy in copies(path)] == [("0001", 1, "ok")]


def test_without_room_for_the_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    store_of(path, "0001", events=1000)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    done = run(LIMITED, path, 65536)
    assert "schema 0001) and was left as it is" in done.stderr
    assert "make room" in done.stderr
    assert version(path) == ("0001", 1000, "ok")
    assert copies(path) == []
    IncidentLog(path).close()
    assert version(path) == (HEAD, 1000, "ok")


@pytest.mark.root
def test_a_disk_that_is_really_full_keeps_the_old_store(tmp_path: Path) -> None:
    """A tmpfs in a mount namespace of its own, with room for the store and half of its copy."""
    source = tmp_path / "source.db"
    store_of(source, "0001", events=2000)
    room = source.stat().st_size * 3 // 2
    inside = tmp_path / "full"
    inside.mkdir()
    script = 'mount -t tmpfs -o size="$5" tmpfs "$1" && cp "$2" "$1/i.db"; "$3" -c "$4" "$1/i.db" never; ls -A "$1"; cat "$1/i.db" >"$6"'
    after = tmp_path / "after.db"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *map(str, (inside, source, sys.executable, KILLED, room, after))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "was left as it is" in done.stderr, done.stderr
    assert {name for name in done.stdout.split() if "schema" in name} == set()
    assert version(after) == ("0001", 2000, "ok")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_keeps_the_old_store(tmp_path: Path) -> None:
    path = tmp_path / "state" / "i.db"
    path.parent.mkdir()
    store_of(path, "0001")
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="must be able to write"):
            IncidentLog(path)
    finally:
        path.parent.chmod(0o700)
    assert version(path) == ("0001", 1, "ok")


@pytest.mark.root
def test_a_folder_that_another_account_may_only_read(tmp_path: Path) -> None:
    """As the account nobody."""
    path = tmp_path / "state" / "i.db"
    path.parent.mkdir()
    store_of(path, "0001")
    for folder in (tmp_path, path.parent):
        folder.chmod(0o755)
    path.chmod(0o644)
    change = "import alembic.config, poise.store.opening; os.setgroups([]); os.setgid(65534); os.setuid(65534); IncidentLog(Path"
    script = KILLED.replace("IncidentLog(Path", change, 1)
    done = run(script, path, "never")
    assert "StoreError" in done.stderr
    assert "this account must be able to write" in done.stderr
    assert version(path) == ("0001", 1, "ok")
    assert copies(path) == []


def test_a_newer_store_is_refused_with_words_and_without_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    IncidentLog(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"written by a newer poise \(schema 0999.*left as it is; upgrade poise"):
        IncidentLog(path)
    assert path.read_bytes() == before
    assert copies(path) == []
