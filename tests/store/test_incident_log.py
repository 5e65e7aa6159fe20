"""The store keeps what it acknowledged: through kill -9, full disks and several writers."""

import os
import random
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.incidents.log_event import LogEvent, entry, opened
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

NOW = datetime(2023, 11, 10, 13, 45, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from poise.incidents.log_event import entry
from poise.store.incident_log import IncidentLog
now = datetime(2023, 11, 10, 13, 45, tzinfo=UTC)
name, count = sys.argv[2], int(sys.argv[3])
with IncidentLog(Path(sys.argv[1])) as log:
    for number in range(count):
        print(log.append(name, entry("note", now, now, "test", f"{name} {number}")), flush=True)
"""


def note(text: str) -> LogEvent:
    return entry("note", NOW, NOW, "test", text)


def integrity(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def writer(path: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_gives_back_what_was_appended(tmp_path: Path) -> None:
    local = datetime(2023, 11, 10, 14, 45, tzinfo=UTC) + timedelta(microseconds=7)
    events = (
        opened(NOW, local, "on call", "Ungleich verteilt – 不均 \ud800 \x00 '\"", "error"),
        LogEvent("from the future", NOW, NOW, "poise 9", {"nested": [{"a": 1.5, "b": None, "c": True}]}),
    )
    with IncidentLog(tmp_path / "new folder" / "in ü?%.db") as log:
        assert log.append("a", events[0]) == 1
        assert log.append("b", note("other")) == 2
        assert log.append("a", events[1]) == 3
        assert log.events("a") == events
        assert [seq for seq, _ in log.numbered("a")] == [1, 3]
        assert log.list() == ("b", "a")
        assert log.events("nobody") == ()
    with IncidentLog(tmp_path / "new folder" / "in ü?%.db") as again:
        assert again.events("a") == events


def test_a_source_that_is_no_utf_8_is_written_out(tmp_path: Path) -> None:
    with IncidentLog(tmp_path / "i.db") as log:
        log.append("a", LogEvent("x", NOW, NOW, "file-\udcff"))
        assert log.events("a")[0].source == "file-\\udcff"


def test_appends_all_or_none(tmp_path: Path) -> None:
    with IncidentLog(tmp_path / "i.db") as log:
        with pytest.raises(ValueError, match="Out of range float"):
            log.append_all("a", (note("one"), LogEvent("x", NOW, NOW, "test", {"value": float("nan")})))
        assert log.events("a") == ()
        assert log.append_all("a", (note("one"), note("two"))) == (1, 2)
        with pytest.raises(ValueError, match="without an offset"):
            log.append("a", LogEvent("x", NOW.replace(tzinfo=None), NOW, "test"))


def test_an_event_that_is_said_twice_is_kept_once(tmp_path: Path) -> None:
    first = replace(note("one"), id="webhook 7")
    with IncidentLog(tmp_path / "i.db") as log:
        assert log.append_all("a", (first, note("two"), note("two"))) == (1, 2, 3)
        later = replace(first, at=NOW + timedelta(seconds=9), recorded_at=NOW + timedelta(seconds=9))
        assert log.append_all("a", (later, note("three"))) == (1, 4)
        assert log.append("b", first) == 5
        with pytest.raises(StoreError, match=r"'webhook 7' stands for another event of this incident \(number 1\)"):
            log.append_all("a", (note("four"), replace(note("five"), id="webhook 7")))
        assert [(e.seq, e.id) for e in log.events("a")] == [(1, "webhook 7"), (2, ""), (3, ""), (4, "")]
        assert [seq for seq, _ in log.numbered("a", after=2)] == [3, 4]


def test_every_acknowledged_event_survives_kill_9(tmp_path: Path) -> None:
    """20 writers killed at a random acknowledgement: the log holds every number that was printed, in order, and one more at most."""
    path = tmp_path / "i.db"
    chance = random.Random(10)
    acknowledged: list[int] = []
    for run in range(20):
        process = writer(path, f"run {run}", 100_000)
        assert process.stdout is not None
        wanted = chance.randint(1, 60)
        seen = [int(process.stdout.readline()) for _ in range(wanted)]
        process.send_signal(signal.SIGKILL)
        # Not communicate(): it reads past the buffer that readline() filled, and acknowledged lines would go unseen.
        rest = process.stdout.read()
        process.wait(timeout=30)
        # A last line may be torn by the kill; a number counts as acknowledged with its line end.
        seen += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        assert process.stderr is not None
        process.stderr.close()
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL
        assert integrity(path) == "ok"
        with IncidentLog(path) as log:
            kept = log.numbered(f"run {run}")
        assert [seq for seq, _ in kept][: len(seen)] == seen
        assert len(kept) - len(seen) in (0, 1)
        assert [e.payload["text"] for _, e in kept] == [f"run {run} {number}" for number in range(len(kept))]
        acknowledged += seen
    assert acknowledged == sorted(set(acknowledged))


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    """Four processes open a store that is not there yet, all at once, and write 50 events each."""
    path = tmp_path / "i.db"
    processes = [writer(path, f"w{number}", 50) for number in range(4)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, [error.decode()[-500:] for _, error in outputs]
    numbers = [int(line) for output, _ in outputs for line in output.split()]
    assert sorted(numbers) == list(range(1, 201))
    with IncidentLog(path) as log:
        for number in range(4):
            assert [e.payload["text"] for e in log.events(f"w{number}")] == [f"w{number} {i}" for i in range(50)]


def test_a_locked_store_says_who_to_wait_for(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    with IncidentLog(path, busy=timedelta(milliseconds=50)) as log:
        log.append("a", note("one"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process holds it"):
            log.append("a", note("two"))
        assert len(log.events("a")) == 1  # reading goes on while another writes
        other.execute("ROLLBACK")
        other.close()
        assert log.append("a", note("two")) == 2


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """A limit on the file's size stands for the full disk: the kernel refuses the write in the same place."""
    path = tmp_path / "i.db"
    script = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from datetime import UTC, datetime
from pathlib import Path
from poise.incidents.log_event import entry
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError
now = datetime(2023, 11, 10, 13, 45, tzinfo=UTC)
log = IncidentLog(Path(sys.argv[1]))
print(log.append("a", entry("note", now, now, "test", "first")), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    for number in range(10_000):
        print(log.append("a", entry("note", now, now, "test", "x" * 2_000)), flush=True)
except StoreError as error:
    print(error, file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(log.append("a", entry("note", now, now, "test", "space again")), flush=True)
    sys.exit(3)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3, done.stderr
    assert "free space on the disk of" in done.stderr
    assert "everything acknowledged before is kept" in done.stderr
    numbers = [int(line) for line in done.stdout.split()]
    assert integrity(path) == "ok"
    with IncidentLog(path) as log:
        kept = log.numbered("a")
    assert [seq for seq, _ in kept] == numbers
    assert kept[-1][1].payload["text"] == "space again"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.root
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A tmpfs of 256 KiB in a mount namespace of its own."""
    script = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" -c "$3" "$1/i.db" full 10000'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, WRITER],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "free space on the disk of" in done.stderr
    assert done.stdout.split() == [str(n) for n in range(1, len(done.stdout.split()) + 1)]


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="POISE_STORE"):
        IncidentLog(tmp_path / "file" / "i.db")
    with pytest.raises(StoreError, match="POISE_STORE"):
        IncidentLog(tmp_path)


def test_the_database_refuses_to_rewrite_history(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    with IncidentLog(path) as log:
        log.append("a", note("one"))
    connection = sqlite3.connect(path)
    for statement in ("UPDATE event SET kind = 'x'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_new_store_is_nobody_elses_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "state" / "incidents.db"
    before = os.umask(0o022)
    try:
        with IncidentLog(path) as log:
            log.append("a", note("x"))
            assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
            assert len(list(path.parent.iterdir())) == 3
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o660)
        with IncidentLog(path) as log:
            log.append("a", note("y"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
