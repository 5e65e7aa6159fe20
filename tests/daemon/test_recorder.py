"""A recording is kept whatever happens to the disk and to the files, lowers as what was watched, and tells no secret."""

import csv
import json
import os
import resource
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import numpy as np

from poise.app.diagnose_recording import read_recording
from poise.daemon.configuration import Configuration
from poise.daemon.recorder import Recorder, block_lines, sample_line
from poise.daemon.stack_of import stack_of
from poise.daemon.watcher import Tick
from poise.model.needs import Needs
from poise.model.sample import Block, Event, Sample, Window
from poise.report.schema import schema

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIRST = """global
    setenv HOST 10.9.8.7
    setenv DB_PASSWORD s3cret
defaults
    mode http
    retries 7
"""
SECOND = """userlist people
    user admin insecure-password s3cret
listen web
    bind 127.0.0.1:20000
    stats auth admin:s3cret
    http-request set-header Authorization "Basic s3cret"
    server app1 "${HOST}:80" weight 57
    server app2 10.9.8.8:80
"""
NEEDS = """[watch.database.main]
dsn = "postgresql://poise:s3cr/et@ss@db:5432/app?password=s3cret"
"""


def files(folder: Path) -> tuple[list[Path], Path]:
    for name, text in (("a.cfg", FIRST), ("b.config", SECOND), ("poise.toml", NEEDS)):
        (folder / name).write_text(text)
    return [folder / "a.cfg", folder / "b.config"], folder / "poise.toml"


def ticks(configs: list[Path], turn: int, events: tuple[Event, ...] = ()) -> Tick:
    watched = Configuration([str(path) for path in configs], Needs())
    topologies = (watched.topology,) if watched.topology else ()
    at = NOW + timedelta(seconds=turn)
    return Tick(at, Window(stack_of(topologies, Needs()), at), samples=(Sample(at, "web/app1", "weight", float(turn)),), events=events)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_recording_lowers_as_what_was_watched_and_holds_no_secret(tmp_path: Path) -> None:
    configs, needs = files(tmp_path)
    recorder = Recorder(tmp_path / "new" / "recording", configs, needs)
    assert recorder.record(ticks(configs, 1, (Event(NOW, "change", "caf\udce9"),))) == ()
    recorder.close()
    place = recorder.directory
    everything = b"".join(path.read_bytes() for path in place.iterdir())
    assert b"s3cr" not in everything
    window = read_recording(place)
    live = Configuration([str(path) for path in configs], Needs()).topology
    assert window.could_not == () and live is not None
    (topology,) = window.topologies
    assert (
        [(s.name, s.address, s.weight) for s in topology.pools[0].servers]
        == [(s.name, s.address, s.weight) for s in live.pools[0].servers]
        == [("app1", "10.9.8.7:80", 57), ("app2", "10.9.8.8:80", 1)]
    )
    there, here = topology.pools[0].servers[0].spots.weight, live.pools[0].servers[0].spots.weight
    assert there and here and (there.start, there.end) == (here.start, here.end)
    assert window.needs.watch.database["main"].dsn == "postgresql://poise:***@db:5432/app?password=***"
    assert window.events[0].text == "caf\udce9"
    jsonschema.validate(json.loads((place / "recording.json").read_text()), json.loads(schema("recording")))


def test_what_is_made_is_nobody_elses_and_what_is_there_keeps_its_mode(tmp_path: Path) -> None:
    configs, needs = files(tmp_path)
    place = tmp_path / "new" / "recording"
    old = os.umask(0o022)
    try:
        recorder = Recorder(place, configs, needs)
        recorder.record(ticks(configs, 1))
        recorder.close()
        assert mode(place) == mode(place.parent) == 0o700
        assert {mode(path) for path in place.iterdir()} == {0o600}
        (place / "recording.json").chmod(0o640)
        again = Recorder(place, configs, needs)
        again.record(ticks(configs, 2))
        again.close()
    finally:
        os.umask(old)
    assert mode(place / "recording.json") == 0o640
    assert json.loads((place / "recording.json").read_text())["from"] == "2026-11-22T12:00:01.000Z"


def test_a_file_that_is_missing_for_a_moment_ends_nothing(tmp_path: Path) -> None:
    configs, needs = files(tmp_path)
    recorder = Recorder(tmp_path / "recording", configs, needs)
    first = ticks(configs, 1)
    recorder.record(first)
    configs[1].unlink()
    told = recorder.record(ticks(configs, 2, (Event(NOW, "change", "edited"),)))
    assert [c.what for c in told] == [str(configs[1])] and told == recorder.could_not
    assert recorder.record(ticks(configs, 3, (Event(NOW, "change", "edited"),))) == ()
    configs[1].write_text(SECOND)
    assert recorder.record(ticks(configs, 4, (Event(NOW, "change", "edited"),))) == () == recorder.could_not
    recorder.close()
    window = read_recording(recorder.directory)
    assert list(window.get("web/app1", "weight").values) == [1, 2, 3, 4] and window.topologies[0].pools


def test_a_full_disk_is_told_and_the_rest_is_recorded(tmp_path: Path) -> None:
    configs, needs = files(tmp_path)
    place = tmp_path / "recording"
    place.mkdir()
    (place / "samples.csv").symlink_to("/dev/full")
    recorder = Recorder(place, configs, needs)
    (told,) = recorder.record(ticks(configs, 1))
    assert told.what == str(place / "samples.csv") and "No space left" in told.reason and "Make room there" in told.reason
    assert recorder.record(ticks(configs, 2)) == ()
    assert len(recorder.could_not) == 1
    (last,) = recorder.close()
    assert last.what == str(place / "samples.csv") and last.reason.endswith("what waited for it is not in the recording")
    assert json.loads((place / "recording.json").read_text())["to"] == "2026-11-22T12:00:02.000Z"


def test_what_could_not_be_written_is_written_later_and_no_line_is_torn(tmp_path: Path) -> None:
    configs, needs = files(tmp_path)
    recorder = Recorder(tmp_path / "recording", configs, needs)
    recorder.record(ticks(configs, 1))
    samples = recorder.directory / "samples.csv"
    whole = samples.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    later = [ticks(configs, turn) for turn in (2, 3)]
    # As on a disk with 20 bytes left: the write is cut short, the next one refused (write(2); Python ignores SIGXFSZ).
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, hard))
    try:
        told = [recorder.record(tick) for tick in later]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [len(each) for each in told] == [1, 0] and samples.read_bytes() == whole
    assert recorder.record(ticks(configs, 4)) == () == recorder.could_not
    recorder.close()
    window = read_recording(recorder.directory)
    assert window.could_not == () and list(window.get("web/app1", "weight").values) == [1, 2, 3, 4]


def test_blocks_are_written_as_their_samples_are() -> None:
    block = Block(NOW, ("web/app1", "web/app2"), ("weight", "queue"), np.array([[256.0, np.nan], [1.0, 1e12 + 1]]))
    assert block_lines(block) == "".join(map(sample_line, block.samples()))
    assert block_lines(block).count("\n") == 3
    # The counter of a busy load balancer does not stand still in the recording.
    assert ",queue,1000000000001\n" in block_lines(block)


def test_a_name_with_commas_and_line_ends_stays_one_field_of_one_line() -> None:
    """A cluster of Envoy may be called anything."""
    sample = Sample(NOW, 'a,"b"\n\u2028x/app1', "weight", 1.0)
    (fields,) = csv.reader([sample_line(sample).rstrip("\n")])
    assert fields[1:] == ['a,"b"\\n\\u2028x/app1', "weight", "1"]
    assert len(sample_line(sample).splitlines()) == 1
