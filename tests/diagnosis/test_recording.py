"""Recordings: texts become the window that was watched."""

import json
from datetime import UTC, datetime
from pathlib import Path

from poise.app.diagnose import recorded
from poise.app.diagnose_recording import read_recording
from poise.daemon.recorder import sample_line
from poise.diagnosis.next_tests import next_tests
from poise.diagnosis.recording import read
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Layer
from poise.model.needs import Needs, Watch, WatchedDatabase, WatchedServer
from poise.model.sample import Sample, Stack, Window

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


def test_a_recorder_that_was_killed_is_read_to_its_last_samples() -> None:
    late = SAMPLES + "2026-11-22T07:00:19Z,web/app1,weight,200\n" + "2026-11-22T07:00:19Z,web/app1,up,1\n"
    assert read({"recording.json": MANIFEST, "samples.csv": late}).now == datetime(2026, 11, 22, 7, 0, 19, tzinfo=UTC)
    # One source whose clock is ahead of all others moves no end.
    ahead = SAMPLES + "2026-11-22T07:00:03Z,web/app1,up,1\n" + "2026-11-22T07:09:00Z,web/app1,queue,1\n"
    assert read({"recording.json": MANIFEST, "samples.csv": ahead}).now == datetime(2026, 11, 22, 7, 0, 10, tzinfo=UTC)


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


def test_several_configurations_are_one_as_they_were_watched() -> None:
    manifest = MANIFEST.replace('["haproxy.cfg"]', '["a.cfg", "b.cfg"]')
    first = "global\n    setenv HOST 10.9.8.7\ndefaults\n    balance leastconn\n"
    window = read({"recording.json": manifest, "samples.csv": SAMPLES, "a.cfg": first, "b.cfg": 'backend web\n    server s "${HOST}:80"\n'})
    (topology,) = window.topologies
    assert [s.address for s in topology.pools[0].servers] == ["10.9.8.7:80"]


def test_a_recording_reads_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text(CONFIG)
    folder = tmp_path / "recording"
    folder.mkdir()
    (folder / "recording.json").write_text(MANIFEST.replace('["haproxy.cfg"]', '["../other.cfg", "/etc/hostname", "two.config"]'))
    (folder / "two.config").write_text(CONFIG)
    window = read_recording(folder)
    assert len(window.topologies) == 1 and window.topologies[0].file == "two.config"
    assert {"../other.cfg", "/etc/hostname"} <= {c.what for c in window.could_not}


def test_what_to_look_at_next_holds_no_password() -> None:
    watch = Watch(
        client="http://u:s3cr/et@h/",
        server={"web/app1": WatchedServer(None, "http://u:s3cr@h")},
        database={"m": WatchedDatabase("postgresql://u:s3cr@et@h/db")},
    )
    window = Window(Stack(()), datetime(2026, 11, 22, tzinfo=UTC), needs=Needs(watch=watch))
    layers: dict[str, Layer] = {"database-locked": "database", "server-slow": "application", "none": "none", "network-delay": "network"}
    for fault, layer in layers.items():
        looks = next_tests([Hypothesis(fault, layer, "hop lb→app1", (), 0.0, 0.9, 1)], window)
        assert looks and not any("s3cr" in look.command for look in looks)


def test_times_are_milliseconds_in_a_recording_and_seconds_are_understood() -> None:
    lines = ["time,component,metric,value"]
    for metric, value in (("uptime_ms", 5000), ("response_seconds", 0.25), ("interval_seconds", 10), ("p99_ms", 80)):
        lines.append(f"2026-11-22T07:00:00Z,web/app1,{metric},{value}")
    window = read({"recording.json": '{"version": 1}', "samples.csv": "\n".join(lines)})
    told = {metric: window.get("web/app1", metric).last() for metric in ("uptime_seconds", "response_ms", "interval_seconds", "p99_ms")}
    assert told == {"uptime_seconds": 5.0, "response_ms": 250.0, "interval_seconds": 10.0, "p99_ms": 80.0}
    assert sample_line(Sample(window.now, "lb1", "uptime_seconds", 5.0)).endswith(",lb1,uptime_ms,5000\n")
    assert sample_line(Sample(window.now, "lb1", "sessions", 5.0)).endswith(",lb1,sessions,5\n")


def test_no_recording_is_not_of_1970(tmp_path: Path) -> None:
    told = recorded(tmp_path / "missing").diagnosis
    assert told.verdict == "undetermined" and told.start.year > 2000 and told.next == ()


def test_lines_that_are_written_otherwise_stand_among_many() -> None:
    lines = [f"2026-11-22T07:{n // 60:02}:{n % 60:02}Z,web/app{k},weight,{n}" for n in range(3000) if n < 3600 for k in range(3)]
    lines[5000] = '2026-11-22T07:00:01Z,"outbound|80|,|web",queue,7'
    lines[7000] = "2026-11-22T07:00:01Z,web,queue"
    window = read({"recording.json": MANIFEST, "samples.csv": "time,component,metric,value\n" + "\n".join(lines) + "\n"})
    assert any("1 lines are no" in c.reason and c.line == 7002 for c in window.could_not)
    assert window.get("outbound|80|,|web", "queue").values.tolist() == [7]
    assert window.get("web/app0", "weight").values.tolist() == list(map(float, range(3000)))
    assert [len(window.get(f"web/app{k}", "weight").values) for k in (1, 2)] == [2999, 2999]


def test_samples_of_which_no_line_is_one_are_told() -> None:
    for text, wrong in (
        ("time,component,metric,value\njunk\n", "1 lines"),
        ("\n\n", None),
        ("2026-11-10T13:45:00Z,web,queue,nan\n", "1 lines"),
    ):
        window = read({"recording.json": '{"version": 1, "components": []}', "samples.csv": text})
        assert dict(window.series) == {}
        assert [c.reason[:7] for c in window.could_not if c.what == "samples.csv"] == ([wrong] if wrong else [])
