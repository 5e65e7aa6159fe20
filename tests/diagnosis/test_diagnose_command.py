"""`poise diagnose` as a script meets it: the exit code says whether a fault was found, and whether what it stands on was read."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stack_arithmetic import HEALTHY, STORIES, Story

from poise.daemon.recorder import stack_json
from poise.model.sample import Window

POISE = [sys.executable, "-c", "from poise.cli.main import main; main()"]
CONFIG = """\
global
    stats socket {socket} level admin
defaults
    mode http
frontend http
    bind 127.0.0.1:{port}
    default_backend web
backend web
    balance roundrobin
    server app1 127.0.0.1:1 weight 1
    server app2 127.0.0.1:1 weight 3
    server app3 127.0.0.1:1 weight 3
"""


def diagnose(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run([*POISE, "diagnose", *words], capture_output=True, text=True, env=environment, timeout=60, check=False)


def record(folder: Path, window: Window) -> Path:
    """The recording that a watch over that window would have left."""
    rows = [
        f"{datetime.fromtimestamp(at, UTC).isoformat()},{component},{metric},{value:.9g}"
        for (component, metric), series in window.series.items()
        for at, value in zip(series.seconds, series.values, strict=True)
    ]
    manifest = {"version": 1, "from": rows[0].split(",")[0], "to": window.now.isoformat(), **stack_json(window.stack), "configs": []}
    (folder / "recording.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "samples.csv").write_text("\n".join(["time,component,metric,value", *rows, ""]), encoding="utf-8")
    return folder


def story(name: str, folder: Path) -> Path:
    return record(folder, Story().run(30, HEALTHY).run(10, STORIES[name][2]).window())


def test_nothing_is_0_and_a_fault_is_1(tmp_path: Path) -> None:
    (tmp_path / "well").mkdir()
    (tmp_path / "locked").mkdir()
    assert diagnose("--recording", str(story("nothing", tmp_path / "well"))).returncode == 0
    locked = diagnose("--recording", str(story("locks", tmp_path / "locked")))
    assert (locked.returncode, locked.stdout.split(":")[0]) == (1, "DATABASE")


def test_a_database_that_was_not_measured_does_not_make_it_2(tmp_path: Path) -> None:
    window = Story().run(30, HEALTHY).window(keep=lambda component, _: component != "main")
    told = diagnose("--recording", str(record(tmp_path, window)))
    assert told.returncode == 0
    assert "could not database main" in told.stdout


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("recording.json", "{", "recording.json: is no JSON"),
        pytest.param("recording.json", "[" * 100_000, "recursion", id="deep"),
        ("recording.json", None, "recording.json: is missing"),
        ("samples.csv", None, "samples.csv: is missing"),
        ("samples.csv", "\x00\xff\nno,sample\n", "samples.csv"),
    ],
)
def test_a_damaged_recording_is_2_with_a_word(name: str, text: str | None, word: str, tmp_path: Path) -> None:
    file = story("locks", tmp_path) / name
    file.unlink() if text is None else file.write_text(text, encoding="latin-1")
    told = diagnose("--recording", str(tmp_path))
    assert told.returncode == 2
    assert word in told.stdout
    assert "Traceback" not in told.stderr


def test_the_verdict_is_told_although_a_part_could_not_be_read(tmp_path: Path) -> None:
    with (story("locks", tmp_path) / "samples.csv").open("a", encoding="utf-8") as file:
        file.write("2026-11-22T07:00:4")
    told = diagnose("--recording", str(tmp_path), "--format", "json")
    assert told.returncode == 2
    assert json.loads(told.stdout)["verdict"] == "fault"


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_no_recording_is_2_with_a_word(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "recording"
    if kind == "empty":
        place.mkdir()
    elif kind == "file":
        place.write_text("")
    told = diagnose("--recording", str(place))
    assert told.returncode == 2
    assert told.stdout.startswith("CANNOT TELL: nothing was measured")
    assert "could not" in told.stdout
    assert told.stderr == ""


@pytest.mark.parametrize("kind", ["missing", "folder", "foreign"])
def test_a_configuration_that_cannot_be_read_is_2_at_once(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "haproxy.cfg"
    if kind == "folder":
        place.mkdir()
    elif kind == "foreign":
        place.write_text("Dear diary\n")
    told = diagnose("--live", str(place), "--seconds", "50")
    assert told.returncode == 2
    assert f"could not {place}" in told.stdout
    assert "looking" not in told.stderr


def test_a_socket_that_does_not_answer_is_2_and_the_file_alone_decides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(CONFIG.format(socket=tmp_path / "gone.sock", port=1))
    told = diagnose("--live", str(file), "--seconds", "2", "--format", "json")
    assert told.returncode == 2
    answer = json.loads(told.stdout)
    assert any("gone.sock" in c["file"] for c in answer["could_not"])
    uneven = [h for h in answer["hypotheses"] if h["fault"] == "uneven-weights"]
    assert all(h["probability"] < 0.5 for h in uneven)
    assert answer["verdict"] == "undetermined" or answer["hypotheses"][0]["fault"] == "load-balancer-down"


def test_pages_for_the_teams_and_the_ranking_as_a_page(tmp_path: Path) -> None:
    (tmp_path / "rec").mkdir()
    told = diagnose("--recording", str(story("locks", tmp_path / "rec")), "--evidence", str(tmp_path / "out"), "--format", "html")
    assert told.returncode == 1
    assert told.stdout.startswith("<!doctype html>")
    assert "At fault is the database" in told.stdout
    assert told.stderr == f"evidence: {tmp_path}/out/index.html, and a page for each team beside it\n"
    assert "Your layer, the database, is" in (tmp_path / "out" / "database.html").read_text(encoding="utf-8")
    (tmp_path / "out" / "database.html").write_text("mine", encoding="utf-8")
    refused = diagnose("--recording", str(tmp_path / "rec"), "--evidence", str(tmp_path / "out"))
    assert (refused.returncode, "left as it is" in refused.stderr) == (2, True)


def test_a_folder_of_recordings_is_judged_together(tmp_path: Path) -> None:
    for name, told in (("lb1", "nothing"), ("lb2", "uneven 256/1/1/1")):
        (tmp_path / name).mkdir()
        story(told, tmp_path / name)
    answer = json.loads(diagnose("--recording", str(tmp_path), "--format", "json").stdout)
    best = answer["hypotheses"][0]
    assert (answer["verdict"], best["fault"], best["component"], best["load_balancer"]) == ("fault", "uneven-weights", "pool web", "lb2")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of"),
        (("--live",), "give one of"),
        (("--recording", "x", "haproxy.cfg"), "leave out haproxy.cfg"),
        (("--recording", "x", "--to", "-5m"), "go with --prometheus"),
        (("--prometheus", "http://127.0.0.1:1", "--from", "-5m", "--to", "-10m"), "is not before"),
    ],
)
def test_wrong_usage_is_64_with_a_word(words: tuple[str, ...], said: str) -> None:
    told = diagnose(*words)
    assert (told.returncode, said in told.stderr) == (64, True)


def test_a_prometheus_that_does_not_answer_is_2_and_its_password_is_not_told() -> None:
    told = diagnose("--prometheus", "http://u:secret@127.0.0.1:1/prom")
    assert told.returncode == 2
    assert "http://u:***@127.0.0.1:1/prom: " in told.stdout
    assert "secret" not in told.stdout + told.stderr


def test_several_live_configurations_are_each_looked_at(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.cfg").write_text(CONFIG.format(socket=tmp_path / f"{name}.sock", port=1))
    told = diagnose("--live", str(tmp_path / "a.cfg"), str(tmp_path / "b.cfg"), "--seconds", "2", "--format", "json")
    assert told.returncode == 2
    answer = json.loads(told.stdout)
    assert {name for name in ("a.sock", "b.sock") if any(name in c["file"] for c in answer["could_not"])} == {"a.sock", "b.sock"}
    assert {h["load_balancer"] for h in answer["hypotheses"]} >= {"lb1", "lb2"}
