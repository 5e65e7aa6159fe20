"""A recording whose samples are Parquet, as the contract allows. The files are written by DuckDB itself."""

import json
import sys
from pathlib import Path

import pytest

from poise.app.diagnose_recording import read_recording

MANIFEST = json.dumps(
    {"version": 1, "to": "2026-11-22T07:00:10Z", "components": [{"name": "web", "kind": "pool"}, {"name": "web/app1", "kind": "server"}]}
)
ROWS = """('2026-11-22T07:00:02Z', 'web/app1', 'weight', 3), ('2026-11-22T07:00:01Z', 'web/app1', 'weight', 1),
('2026-11-22T08:00:03+01:00', 'web/app1', 'weight', 4), ('2026-11-22T07:00:02', 'web', 'queue', 7)"""


def recording(folder: Path, rows: str, time: str = "varchar") -> Path:
    duckdb = pytest.importorskip("duckdb")
    folder.mkdir()
    (folder / "recording.json").write_text(MANIFEST)
    with duckdb.connect() as connection:
        connection.execute("create table s (time varchar, component varchar, metric varchar, value double)")
        connection.execute(f"insert into s values {rows}")  # noqa: S608
        connection.execute("create table t as select time::" + time + " as time, component, metric, value from s")  # noqa: S608
        connection.execute(f"copy t to '{folder.parent / 'made.parquet'}' (format parquet)")
    (folder.parent / "made.parquet").rename(folder / "samples.parquet")
    return folder


@pytest.mark.parametrize("time", ["varchar", "timestamp", "timestamptz"])
def test_samples_are_read_in_the_order_of_their_instants(tmp_path: Path, time: str) -> None:
    # To DuckDB a path is a pattern.
    # What is cast here, in the machine's own zone, says where it stands.
    rows = {"varchar": ROWS, "timestamp": ROWS.replace("08:00:03+01:00", "07:00:03")}
    rows["timestamptz"] = ROWS.replace("07:00:02', 'web',", "07:00:02Z', 'web',")
    window = read_recording(recording(tmp_path / "re*[c]?", rows[time], time))
    assert window.could_not == ()
    series = window.get("web/app1", "weight")
    assert series.values.tolist() == [1, 3, 4]
    assert series.seconds.tolist() == [1795330801, 1795330802, 1795330803]
    assert window.get("web", "queue").seconds.tolist() == [1795330802]


def test_rows_that_tell_nothing_are_counted(tmp_path: Path) -> None:
    bad = ", ('yesterday', 'web', 'queue', 1), (null, 'web', 'queue', 1), ('2026-11-22T07:00:03Z', 'web', 'queue', 'nan')"
    window = read_recording(recording(tmp_path / "r", ROWS + bad))
    assert [c.reason for c in window.could_not] == ["3 rows have no time, component, metric or finite value"]
    assert len(window.get("web", "queue").values) == 1


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "recording.json").write_text(MANIFEST)
    (tmp_path / "samples.parquet").write_text("time,component\n" * 9)
    (problem,) = read_recording(tmp_path).could_not
    assert problem.what == "samples.parquet"
    assert "cannot be read" in problem.reason


def test_without_the_library_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    (tmp_path / "recording.json").write_text(MANIFEST)
    (tmp_path / "samples.parquet").write_bytes(b"PAR1")
    assert any("pip install 'poise[parquet]'" in c.reason for c in read_recording(tmp_path).could_not)
