"""Recordings: texts become the window that was watched."""

import json
from datetime import UTC, datetime
from pathlib import Path

from poise.app.diagnose_recording import read_recording
from poise.diagnosis.recording import read

MANIFEST = json.dumps(
    {
        "version": 1,
        "from": "2026-11-22T07:00:00Z",
        "to": "2026-11-22T07:00:10Z",
        "components": [{"name": "web", "kind": "pool"}, {"name": "web/app1", "kind": "server", "address": "127.0.0.1:9001"}],
        "edges": [["web", "web/app1"]],
        "configs": ["haproxy.cfg"],
        "needs": "poise.toml",
    }
)
SAMPLES = """time,component,metric,value
2026-11-22T07:00:02Z,web/app1,weight,3
2026-11-22T07:00:01Z,web/app1,weight,1
2026-11-22T08:00:03+01:00,web/app1,weight,4
"""
EVENTS = '{"at":"2026-11-22T07:00:05Z","kind":"change","component":"pool web","text":"weights"}\n'
CONFIG = "backend web\n    balance roundrobin\n    server app1 127.0.0.1:9001 weight 1\n"


def test_a_recording_is_read() -> None:
    window = read({"recording.json": MANIFEST, "samples.csv": SAMPLES, "events.jsonl": EVENTS, "haproxy.cfg": CONFIG})
    assert window.could_not == ()
    assert window.now == datetime(2026, 11, 22, 7, 0, 10, tzinfo=UTC)
    assert list(window.get("web/app1", "weight").values) == [1, 3, 4]
    assert window.stack.downstream("web") == ("web/app1",)
    assert window.events[0].component == "pool web"
    pool = window.topologies[0].pool("web")
    assert pool is not None
    assert pool.servers[0].address == "127.0.0.1:9001"


def test_whatever_is_wrong_is_told_and_the_rest_is_read() -> None:
    window = read(
        {
            "recording.json": MANIFEST.replace('"pool"', '"heap"'),
            "samples.csv": SAMPLES + "yesterday,web/app1,weight,3\nnonsense\n2026-11-22T07:00:04Z,web/app1,weight,many\n",
            "events.jsonl": EVENTS + "{\n",
        }
    )
    told = " ".join(f"{c.what} {c.reason}" for c in window.could_not)
    assert "heap" in told
    assert "3 lines are no `time,component,metric,value` (lines 5, 6, 7)" in told
    assert "events.jsonl" in told
    assert "haproxy.cfg" in told
    assert len(window.get("web/app1", "weight").values) == 3


def test_an_empty_recording_is_told() -> None:
    assert {c.what for c in read({}).could_not} == {"recording.json", "samples.csv"}


def test_a_folder_is_read_with_its_needs(tmp_path: Path) -> None:
    for name, text in (("recording.json", MANIFEST), ("samples.csv", SAMPLES), ("events.jsonl", EVENTS), ("haproxy.cfg", CONFIG)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "poise.toml").write_text('[pool.web]\nsplit = "even"\n', encoding="utf-8")
    window = read_recording(tmp_path)
    assert window.could_not == ()
    assert window.needs.of("web").split == "even"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert any("no such folder" in c.reason for c in read_recording(tmp_path / "gone").could_not)
