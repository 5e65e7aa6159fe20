"""The history on disk: what comes back, what a minute and an hour keep of it, what goes, and what a kill or a full disk costs."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.model.needs import KeptHistory
from poise.model.sample import Block, Event, Sample
from poise.store.history.batch import Batch
from poise.store.history.history_reader import HistoryReader, coarsest_fitting
from poise.store.history.sample_history import SampleHistory, history_path
from poise.store.history.tiers import HOUR, MINUTE, RAW
from poise.store.store_error import StoreError

BUSY = timedelta(seconds=2)
# The beginning of an hour and of a day in UTC.
START = 1_699_920_000.0
HOUR_SECONDS, DAY_SECONDS = 3600.0, 86_400.0
FILES = ("/etc/haproxy/haproxy.cfg",)
SERVERS = ("web/app1", "web/app2")
METRICS = ("requests_total", "queue", "up", "not_kept")
NOTHING_SAID = KeptHistory()


def look(at: float, values: list[list[float]], components: tuple[str, ...] = SERVERS) -> Block:
    return Block(datetime.fromtimestamp(at, UTC), components, METRICS, np.array(values, dtype=np.float64), "lb1 servers")


def filled(history: SampleHistory, first: float, seconds: int, every: int = 1, batch_seconds: int = 600, name: str = "lb1") -> None:
    """app1 gets 3 requests a second and app2 one; the queue of app1 is the second of the minute."""
    for begin in range(0, seconds, batch_seconds):
        batch = Batch()
        for second in range(begin, min(begin + batch_seconds, seconds), every):
            at = first + second
            total = at - START + 1e12
            batch.add(at, (), (look(at, [[3 * total, at % 60, 1, 7], [total, 0, 1, 7]]),), ())
        history.write(name, FILES, batch)


def tended(history: SampleHistory, now: float, kept: KeptHistory = NOTHING_SAID, most: float = 1e9) -> None:
    while history.tend({("lb1", FILES): kept}, most, now):
        pass


def test_what_is_the_same_of_all_waits_in_little_room_and_comes_out_whole() -> None:
    names, batch = tuple(f"web/app{i}" for i in range(1000)), Batch()
    totals, nothing = np.arange(1000.0) + 1e12, np.full(1000, np.nan)
    for second in range(3):
        batch.add(
            START, (), (look(START + second, np.column_stack([totals + second, nothing, np.ones(1000), nothing]).tolist(), names),), ()
        )
    assert batch.bytes == 3 * totals.nbytes
    found = {each.metric: each.values for each in batch.figures()}
    assert found.keys() == {"requests_total", "up"} and (found["up"] == 1).all() and found["up"].shape == (3, 1000)
    assert all((row == totals + second).all() for second, row in enumerate(found["requests_total"]))


def test_rises_are_the_same_in_every_tier_and_across_all_borders(tmp_path: Path) -> None:
    with SampleHistory(tmp_path / "h", BUSY) as history:
        filled(history, START + DAY_SECONDS - 2 * HOUR_SECONDS, 3 * 3600 + 1000, every=10)
        tended(history, START + 2 * DAY_SECONDS)
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        assert [extent.tier for extent in subject.kept] == ["raw", "minute", "hour"]
        begin, end = START, START + 3 * DAY_SECONDS
        lasted = 3 * 3600 + 990  # from the first row to the last: nothing is known of what rose before
        for tier in (RAW, MINUTE, HOUR):
            rows = reader.table(subject, "requests_total", begin, end, tier)
            assert np.nansum(rows.values, axis=0).tolist() == [3 * lasted, lasted], tier.name
            assert rows.components == SERVERS
        minutes = reader.table(subject, "queue", begin, end, MINUTE, ["web/app1"])
        # Looks at the seconds 0, 10 … 50 of each minute.
        assert set(minutes.values[:, 0]) == {25.0, 15.0} and set(minutes.least[:, 0]) == {0.0} and minutes.most[0, 0] == 50.0
        hours = reader.table(subject, "queue", begin, end, HOUR)
        assert hours.values.shape == (4, 2) and hours.most[:, 0].tolist() == [50.0] * 4
        assert ("lb1 servers", "not_kept") not in reader.metrics(subject)


def test_what_is_not_over_yet_is_made_coarser_while_it_is_read(tmp_path: Path) -> None:
    with SampleHistory(tmp_path / "h", BUSY) as history:
        filled(history, START, 5400, every=10)
        tended(history, START + 5400)
        with HistoryReader(tmp_path / "h") as reader:
            (subject,) = reader.subjects()
            rows = reader.table(subject, "requests_total", START, START + DAY_SECONDS, MINUTE)
            assert len(rows.seconds) == 90 and rows.values[1:, 1].tolist() == [60.0] * 89
            assert len(reader.table(subject, "requests_total", START, START + DAY_SECONDS, HOUR).seconds) == 2
            assert coarsest_fitting(subject, START, START + 600, 1000) is RAW
            assert coarsest_fitting(subject, START, START + 5400, 1000) is MINUTE


def test_a_restart_of_the_load_balancer_loses_no_rise_and_makes_none(tmp_path: Path) -> None:
    totals = [100.0, 130.0, 5.0, 25.0]  # 30, then a restart from zero: 5, then 20
    batch = Batch()
    for second, total in enumerate(totals):
        batch.add(START + second, (), (look(START + second, [[total, 0, 1, 0], [float("nan")] * 4]),), ())
    with SampleHistory(tmp_path / "h", BUSY) as history:
        history.write("lb1", FILES, batch)
        tended(history, START + 2 * HOUR_SECONDS)
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        for tier in (RAW, MINUTE):
            rows = reader.table(subject, "requests_total", START, START + 60, tier)
            assert np.nansum(rows.values[:, 0]) == 55.0 and np.isnan(rows.values[:, 1]).all()


def test_servers_that_come_and_go_and_late_batches(tmp_path: Path) -> None:
    with SampleHistory(tmp_path / "h", BUSY) as history:
        filled(history, START, 60)
        batch = Batch()
        batch.add(START + 60, (), (look(START + 60, [[9.0, 1, 1, 0]], ("web/new",)),), ())
        history.write("lb1", FILES, batch)
        tended(history, START + 2 * HOUR_SECONDS)
        # It waited for a locked file until its hour was in the next tier.
        filled(history, START + 120, 60)
        tended(history, START + 2 * HOUR_SECONDS)
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        rows = reader.table(subject, "requests_total", START, START + HOUR_SECONDS, MINUTE)
        assert rows.components == (*SERVERS, "web/new") and len(rows.seconds) == 3
        assert np.nansum(rows.values, axis=0).tolist() == [3 * 179, 179, 0]


def test_samples_events_and_the_setting_as_they_were_at_a_moment(tmp_path: Path) -> None:
    batch = Batch()
    at = [datetime.fromtimestamp(START + second, UTC) for second in range(3)]
    samples = [Sample(at[i], "client", "success_ratio", value) for i, value in enumerate((1.0, 0.9999, 0.5))]
    batch.add(START, tuple(samples[::-1]), (), (Event(at[1], "change", "weight 1 → 256", "server web/app1"),))
    with SampleHistory(tmp_path / "h", BUSY) as history:
        history.write("lb1", FILES, batch, (START, {"configs": {"a": "old"}}))
        history.write("lb1", FILES, Batch(), (START + 100, {"configs": {"a": "new"}}))
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        series = reader.series(subject, START, START + 60)["client", "success_ratio"]
        assert series.seconds.tolist() == [START, START + 1, START + 2] and series.values.tolist() == pytest.approx(
            [1, 0.9999, 0.5], rel=1e-7
        )
        assert [event.text for event in reader.events(subject, START, START + 10)] == ["weight 1 → 256"]
        settings = [reader.setting(subject, moment) for moment in (START - 5, START + 99, START + 100)]
        assert settings == [{"configs": {"a": name}} for name in ("old", "old", "new")]


def test_each_tier_ages_by_itself_and_nobody_watched_ages_too(tmp_path: Path) -> None:
    with SampleHistory(tmp_path / "h", BUSY) as history:
        filled(history, START, 2 * 86_400, every=1200, batch_seconds=14_400)
        filled(history, START, 3600, every=600, batch_seconds=3600, name="gone")
        now = START + 3 * DAY_SECONDS
        tended(history, now, KeptHistory(raw_days=1.5, minute_days=1.0, hour_days=10))
        with HistoryReader(tmp_path / "h") as reader:
            found = {subject.name: {e.tier: e.first for e in subject.kept} for subject in reader.subjects()}
            assert all(extent.cut_by_bytes is None for subject in reader.subjects() for extent in subject.kept)
        assert history.cut_short({("lb1", FILES): NOTHING_SAID}, 1e9, now) == set()
        day_and_half = now - 1.5 * DAY_SECONDS - HOUR_SECONDS
        assert found["lb1"]["raw"] == day_and_half and found["lb1"]["minute"] == START + DAY_SECONDS
        assert found["lb1"]["hour"] < START + HOUR_SECONDS
        # Nothing is said of it: two days of every look.
        assert "raw" not in found["gone"] and "minute" in found["gone"]


@pytest.mark.parametrize(("days", "left"), [(400, []), (1000, ["long ago"])])
def test_what_happened_is_kept_as_long_as_the_oldest_rows(days: float, left: list[str], tmp_path: Path) -> None:
    batch = Batch()
    batch.add(START, (), (), (Event(datetime.fromtimestamp(START, UTC), "change", "long ago"),))
    with SampleHistory(tmp_path / "h", BUSY) as history:
        history.write("lb1", FILES, batch)
        tended(history, START + 500 * DAY_SECONDS, KeptHistory(hour_days=days))
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        assert [event.text for event in reader.events(subject, START, START + 1)] == left


def test_the_file_stays_below_its_bound_and_the_newest_stays(tmp_path: Path) -> None:
    path, most = tmp_path / "h", 500_000
    names = tuple(f"web/app{i}" for i in range(50))
    rng = np.random.default_rng(3)
    with SampleHistory(path, BUSY) as history:
        for hour in range(12):
            for minute in range(0, 60, 10):
                batch, at = Batch(), START + hour * 3600 + minute * 60
                for second in range(0, 600, 60):
                    batch.add(at + second, (), (look(at + second, rng.uniform(0, 1e6, (50, 4)).tolist(), names),), ())
                history.write("lb1", FILES, batch)
            tended(history, START + hour * 3600 + 3600, most=most)
            with closing(sqlite3.connect(path)) as connection:
                sizes = [connection.execute(f"PRAGMA {each}").fetchone()[0] for each in ("page_size", "page_count", "freelist_count")]
            assert sizes[0] * (sizes[1] - sizes[2]) < most
        before = sizes[0] * sizes[1]
        # It was said that it may take less from now on.
        for _ in range(5):
            tended(history, START + 13 * HOUR_SECONDS, most=most / 2)
        with HistoryReader(path) as reader:
            (subject,) = reader.subjects()
            raw = subject.kept[0]
        assert raw.last >= START + 11 * HOUR_SECONDS
        # It is short by size, and said to be until it is short by age or may take more.
        assert (raw.tier, raw.cut_by_bytes) == ("raw", most // 2)
        every = {("lb1", FILES): NOTHING_SAID}
        later = START + 13 * HOUR_SECONDS
        assert "raw" in history.cut_short(every, most / 2, later)
        assert history.cut_short(every, most, later) == set()
        assert "raw" not in history.cut_short(every, most / 2, later + 2 * DAY_SECONDS)
    assert path.stat().st_size <= most / 2 < before


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from test_sample_history import BUSY, START, SampleHistory, filled
history = SampleHistory(Path(sys.argv[1]), BUSY)
for second in range(0, 100_000, 30):
    filled(history, START + second, 30)
    print(second, flush=True)
"""


def test_what_was_written_survives_kill_9_and_is_read_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "h"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(8)]
        with HistoryReader(path) as reader:
            (subject,) = reader.subjects()
            assert subject.kept[0].last >= START + said[-1]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout if line.endswith("\n")]
    with HistoryReader(path) as reader:
        (subject,) = reader.subjects()
        rows = reader.table(subject, "requests_total", START, START + DAY_SECONDS)
        assert len(rows.seconds) >= said[-1] + 30 and np.nansum(rows.values[:, 1]) == len(rows.seconds) - 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("only root makes a disk that is full")
    try:
        with SampleHistory(disk / "h", BUSY) as history:
            filled(history, START, 30)
            with pytest.raises(StoreError, match="free space on the disk"):
                filled(history, START + 30, 100_000)
            with HistoryReader(disk / "h") as reader:
                (subject,) = reader.subjects()
                assert subject.kept[0].last >= START
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_newer_a_damaged_and_a_missing_file_are_said(tmp_path: Path) -> None:
    path = tmp_path / "h"
    with pytest.raises(StoreError, match="poise watch"):
        HistoryReader(path)
    with SampleHistory(path, BUSY) as history:
        filled(history, START, 60, batch_seconds=30)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE chunk SET data = zeroblob(40) WHERE id = 1")
    with HistoryReader(path) as reader:
        (subject,) = reader.subjects()
        assert len(reader.table(subject, "requests_total", START, START + 60).seconds) == 30 and reader.unreadable == 1
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'h9999'")
    with pytest.raises(StoreError, match="newer poise"):
        SampleHistory(path, BUSY)
    path.write_bytes(b"this is no database, and it is longer than a header" * 100)
    with pytest.raises(StoreError, match="begins a new one"):
        SampleHistory(path, BUSY)


def test_a_history_of_the_first_schema_is_read_on(tmp_path: Path) -> None:
    with SampleHistory(tmp_path / "h", BUSY) as history:
        filled(history, START, 60)
    with closing(sqlite3.connect(tmp_path / "h")) as connection:
        connection.execute("DROP TABLE cut")
        connection.execute("UPDATE alembic_version SET version_num = 'h0001'")
        connection.commit()
    with HistoryReader(tmp_path / "h") as reader:
        (subject,) = reader.subjects()
        assert len(reader.table(subject, "requests_total", START, START + 60).seconds) == 60
    with closing(sqlite3.connect(tmp_path / "h")) as connection:
        assert connection.execute("SELECT count(*) FROM cut").fetchone() == (0,)


def test_it_stands_beside_the_store() -> None:
    assert history_path(Path("/var/lib/poise/incidents.db")) == Path("/var/lib/poise/incidents.db.history")
