"""Files, folders and standard input become topologies; what cannot be read is said."""

import io
import sys
from pathlib import Path

import pytest

from poise.reading.read import read_configuration

ONE = "global\n    maxconn 5\ndefaults\n    mode http\n"
TWO = "backend web\n    server app1 127.0.0.1:9001\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.cfg").write_text(text)
    return folder


def test_each_file_is_a_topology(tmp_path: Path) -> None:
    write(tmp_path, a=TWO, b=TWO)
    found, could_not = read_configuration([tmp_path / "a.cfg", str(tmp_path / "b.cfg")])
    assert [topology.file for topology in found] == [str(tmp_path / "a.cfg"), str(tmp_path / "b.cfg")]
    assert could_not == ()


def test_a_folder_of_pieces_is_one_configuration_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, **{"20-pools": TWO, "10-global": ONE})
    (topology,), could_not = read_configuration([tmp_path])
    assert could_not == ()
    assert topology.maxconn == 5
    assert topology.pools[0].mode == "http"


def test_a_folder_of_whole_configurations_is_several(tmp_path: Path) -> None:
    write(tmp_path, a=ONE + TWO, b=ONE + TWO)
    found, could_not = read_configuration([tmp_path])
    assert (len(found), could_not) == (2, ())


def test_together_is_as_with_several_f(tmp_path: Path) -> None:
    write(tmp_path, a=ONE, b=TWO)
    (topology,), _ = read_configuration([tmp_path / "a.cfg", tmp_path / "b.cfg"], together=True)
    assert topology.pools[0].mode == "http"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TWO.encode())))
    (topology,), could_not = read_configuration(["-"])
    assert (topology.file, could_not) == ("<stdin>", ())


def test_bytes_that_are_not_utf_8_keep_their_places(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_bytes(b"# caf\xe9\nbackend web\n    server app1 127.0.0.1:9001 weight 100\n")
    (topology,), could_not = read_configuration([path])
    assert could_not == ()
    span = topology.pools[0].servers[0].spots.weight
    assert span is not None
    assert path.read_bytes()[span.start : span.end] == b"100"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("hello\n", "no HAProxy section"),
    ],
)
def test_what_is_no_haproxy_configuration_is_said(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "x.cfg").write_text(text)
    found, (said,) = read_configuration([tmp_path / "x.cfg"])
    assert found == ()
    assert says in said.reason


def test_missing_files_and_empty_folders_are_said(tmp_path: Path) -> None:
    found, said = read_configuration([tmp_path / "none.cfg", tmp_path])
    assert found == ()
    assert [entry.what for entry in said] == [str(tmp_path / "none.cfg"), str(tmp_path)]


def test_secrets_of_the_environment_are_told_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "apikey", "NPM_AUTH"):
        monkeypatch.setenv(name, "hunter2")
        write(tmp_path, a=f'backend web\n    server "app-${{{name}}}" 127.0.0.1:80\n    server b "${{{name}}}:80"\n')
        assert "hunter2" not in repr(read_configuration([tmp_path / "a.cfg"]))
    monkeypatch.setenv("AUTH_HOST", "127.0.0.9")
    write(tmp_path, a='backend web\n    server app1 "${AUTH_HOST}:80"\n')
    (topology,), could_not = read_configuration([tmp_path / "a.cfg"])
    assert (topology.pools[0].servers[0].address, could_not) == ("127.0.0.9:80", ())


def test_the_environment_given_is_the_one_that_counts(tmp_path: Path) -> None:
    write(tmp_path, a='backend web\n    server app1 "127.0.0.1:$PORT"\n')
    (topology,), could_not = read_configuration([tmp_path / "a.cfg"], environment={"PORT": "9001"})
    assert (topology.pools[0].servers[0].address, could_not) == ("127.0.0.1:9001", ())
    assert read_configuration([tmp_path / "a.cfg"], environment={})[1]
