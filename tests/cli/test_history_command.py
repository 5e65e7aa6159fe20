"""`poise history` as people call it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from poise.app.past_window import past_window
from poise.cli.main import run
from poise.diagnosis.recording import read
from poise.model.past import Extent, Past
from poise.model.sample import Block, Event, Sample
from poise.report.history_json import history_document
from poise.report.history_text import history_text
from poise.report.schema import schema
from poise.store.history.batch import Batch
from poise.store.history.history_reader import HistoryReader
from poise.store.history.sample_history import SampleHistory, history_path

START = datetime(2026, 11, 10, 13, 0, tzinfo=UTC)
METRICS = ("requests_total", "queue", "up")
FILES = ("/etc/haproxy/haproxy.cfg",)
CONFIG = "listen web\n bind :80\n server app1 10.0.0.1:80\n server app2 10.0.0.2:80\n"
SETTING = {
    "components": [{"name": "web", "kind": "pool", "address": None}, {"name": "client", "kind": "client", "address": None}],
    "edges": [["web", "web/app1"]],
    "configs": {"haproxy.cfg": CONFIG, "../evil": "x"},
    "needs": '[pool.web]\nsplit = "even"\n',
}


@pytest.fixture
def store(tmp_path: Path) -> str:
    """An hour: even for half of it, then app1 gets nine of ten, with a change at 13:30."""
    path = tmp_path / "s.db"
    with SampleHistory(history_path(path), timedelta(seconds=5)) as history:
        for name, files in (("lb1", FILES), ("lb2", ("/elsewhere.cfg",))):
            batch, totals = Batch(), np.array([1000.0, 1000.0])
            for second in range(0, 3600, 10):
                at = START + timedelta(seconds=second)
                totals = totals + ([50, 50] if second <= 1800 else [90, 10])
                values = np.column_stack([totals, [second / 10, 0], [1, 1]])
                event = Event(at, "change", "weight of app1 1 → 9\x1b[31m", "server web/app1")
                samples = (Sample(at, "client", "success_ratio", 0.999),)
                batch.add(
                    at.timestamp(),
                    samples,
                    (Block(at, ("web/app1", "web/app2"), METRICS, values, f"{name} servers"),),
                    (event,) * (second == 1800),
                )
            history.write(name, files, batch, (START.timestamp(), SETTING))
    return str(path)


def said(capsys: pytest.CaptureFixture[str], store: str, *words: str) -> str:
    assert run(["history", *words, "--store", store]) == 0
    return capsys.readouterr().out


WHEN = ("--from", "2026-11-10T13:00Z", "--to", "2026-11-10T14:00Z")


def test_shares_over_time_beside_what_was_changed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, store, *FILES, *WHEN, "--format", "json"))
    Draft202012Validator(json.loads(schema("history"))).validate(document)
    assert document["tier"] == "raw" and [each["component"] for each in document["series"]] == ["server web/app1", "server web/app2"]
    values = [point["value"] for point in document["series"][0]["points"]]
    assert values == [0.5] * 180 + [0.9] * 179
    coarse = json.loads(said(capsys, store, *FILES, *WHEN, "--format", "json", "--rows", "100"))
    assert coarse["tier"] == "minute"
    # In the minute of 13:30 one look of six was still even.
    values = [point["value"] for point in coarse["series"][0]["points"]]
    assert values == [0.5] * 30 + [round((50 + 5 * 90) / 600, 6)] + [0.9] * 29
    text = said(capsys, store, *FILES, *WHEN)
    assert "▅" * 30 in text and "█" * 29 in text and "weight of app1 1 → 9\\x1b[31m" in text and "\x1b" not in text


def test_one_instant_as_it_was_then(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (said(capsys, store, *FILES, "--at", f"2026-11-10T13:{minute}Z") for minute in (20, 40))
    assert "server web/app1  50.0%      5" in before and "server web/app1  90.0%      9" in after
    document = json.loads(said(capsys, store, *FILES, "--at", "2026-11-10T13:40Z", "--metric", "queue", "--format", "json"))
    Draft202012Validator(json.loads(schema("history"))).validate(document)
    assert {each["component"]: each["points"][0]["value"] for each in document["series"]} == {"server web/app1": 240, "server web/app2": 0}


def test_rates_of_a_counter_and_one_server(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*FILES, *WHEN, "--server", "app2", "--metric", "requests_per_second", "--format", "json")
    (series,) = json.loads(said(capsys, store, *words))["series"]
    assert [point["value"] for point in series["points"]] == [5.0] * 180 + [1.0] * 179


def test_an_export_is_a_recording_of_that_time(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "recording"
    told = said(capsys, store, "export", *FILES, "--from", "2026-11-10T13:10Z", "--to", "2026-11-10T13:50Z", "--recording", str(folder))
    assert "240 " in told or "1680 samples" in told, told
    document = json.loads((folder / "recording.json").read_text())
    Draft202012Validator(json.loads(schema("recording"))).validate(document)
    window = read({path.name: path.read_text() for path in folder.iterdir()})
    assert not window.could_not and [pool.name for topology in window.topologies for pool in topology.pools] == ["web"]
    assert window.get("web/app1", "requests_total").increase() == 50 * 120 + 90 * 119
    assert [event.text for event in window.events] == ["weight of app1 1 → 9\x1b[31m"] and len(list(tmp_path.glob("**/evil"))) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "2 load balancers are meant"),
        (("/etc/other.cfg",), "is not in"),
        ((*FILES, *WHEN, "--pool", "nix"), "its pools: web"),
        ((*FILES, *WHEN, "--metric", "nix"), "What is: queue"),
        ((*FILES, "--from", "2025-01-01T00:00Z", "--to", "2025-01-02T00:00Z"), "was measured from 2026-11-10 13:00:00"),
        (("export", *FILES, "--from", "2025-01-01T00:00Z", "--to", "2025-01-02T00:00Z", "--recording", "{folder}"), "nothing is kept"),
    ],
)
def test_what_is_not_there_is_said(
    words: tuple[str, ...], told: str, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        raise SystemExit(run(["history", *(word.format(folder=tmp_path / "new") for word in words), "--store", store]))
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("poise history: ") and told in error


def test_a_store_without_a_history_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        raise SystemExit(run(["history", "--store", str(tmp_path / "nix.db")]))
    assert end.value.code == 2 and "`poise watch CONFIG` keeps one" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_moment_is_the_window_that_a_watch_had(store: str) -> None:
    now = START + timedelta(minutes=40)
    with HistoryReader(history_path(Path(store))) as reader:
        window = past_window(reader, reader.subjects()[0], now, timedelta(minutes=5))
    assert window.now == now and not window.could_not and window.needs.of("web").split == "even"
    assert [server.name for server in window.topologies[0].pools[0].servers] == ["app1", "app2"]
    recent = [window.recent(f"web/{server}", "requests_total", 100).increase() for server in ("app1", "app2")]
    assert recent == [900, 100] and window.get("web/app1", "requests_total").last() == 1000 + 50 * 181 + 90 * 60


def test_a_past_that_is_short_by_size_and_not_by_age_is_said() -> None:
    kept = (Extent("raw", START.timestamp(), START.timestamp() + 60, 5_000_000, 10_000_000), Extent("minute", 0.0, 60.0, 1_000_000))
    past = Past("lb1", FILES, START.timestamp(), START.timestamp() + 60, "raw", 0, kept=kept)
    lines = history_text(past).splitlines()
    assert sum("most_megabytes = 10 is reached" in line for line in lines) == 1
    assert "rows as they came reach back no farther" in lines[-1]
    document = history_document(past)
    assert [each["cut_by_bytes"] for each in document["kept"]] == [10_000_000, None]
    Draft202012Validator(json.loads(schema("history"))).validate(document)
