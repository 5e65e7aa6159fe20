"""Includes of nginx on the disk."""

import glob
import os
from datetime import date
from pathlib import Path

import pytest

from poise.app.audit import AuditOptions, audit
from poise.cli.main import run
from poise.reading import globbing, read_nginx
from poise.reading.read import Sources, read
from poise.reading.read_nginx import topologies
from poise.report import findings_text


def test_one_unreadable_file_of_a_pattern_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp { include c/*.conf; }\n")
    (tmp_path / "c").mkdir()
    for name in "ac":
        (tmp_path / "c" / f"{name}.conf").write_text(f"upstream {name} {{ server 10.0.0.1; }}\n")
    (tmp_path / "c" / "b.conf").symlink_to("/dev/null")
    (topology,) = topologies([(str(main), main.read_text())])
    assert [pool.name for pool in topology.pools] == ["a", "c"]
    assert [(entry.line, "b.conf cannot be read" in entry.reason) for entry in topology.could_not] == [(2, True)]


def test_files_of_this_machine_in_a_repositorys_configuration_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = tmp_path / "etc"
    machine.mkdir()
    (machine / "a.conf").write_text("upstream a { server 10.0.0.1; }\n")
    monkeypatch.setattr(read_nginx, "SYSTEM", (f"{machine}/",))
    repository = tmp_path / "nginx.conf"
    repository.write_text(f"events {{}}\nhttp {{ include {machine}/*.conf; }}\n")
    made = audit(Sources((str(repository),)), AuditOptions(), date(2026, 1, 1))
    assert made.read[0].files == (str(repository), str(machine / "a.conf"))
    assert [(r.what, "a.conf from this machine's own configuration" in r.text) for r in made.remarks] == [(str(repository), True)]
    assert made.could_not == ()
    assert run(["needs", str(repository)]) == 0
    said = capsys.readouterr()
    assert "[pool.a]" in said.out
    assert f"note: {repository}: its includes took {machine}/a.conf from this machine's own configuration" in said.err
    (machine / "nginx.conf").write_text(repository.read_text())
    assert read(Sources((str(machine / "nginx.conf"),))).remarks == ()


def test_a_walk_of_stars_ends_with_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globbing, "MOST_ENTRIES", 10)
    for number in range(5):
        (tmp_path / f"d{number}" / "e").mkdir(parents=True)
    main = tmp_path / "nginx.conf"
    main.write_text(f"events {{}}\nhttp {{ include {tmp_path}/*/*/*; include {tmp_path}/*/*; include c.conf; }}\n")
    (tmp_path / "c.conf").write_text("upstream c { server 10.0.0.1; }\n")
    (topology,) = topologies([(str(main), main.read_text())])
    assert [pool.name for pool in topology.pools] == ["c"]
    assert "was not followed: the includes look at more than" in topology.could_not[-1].reason


def test_many_patterns_look_at_one_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globbing, "MOST_ENTRIES", 30)
    includes = "".join(f"include c/{number}.*; " for number in range(20))
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{ {includes} }}\n")
    (tmp_path / "c").mkdir()
    for number in range(20):
        (tmp_path / "c" / f"{number}.conf").write_text(f"upstream u{number} {{ server 10.0.0.1; }}\n")
    (topology,) = topologies([(str(tmp_path / "nginx.conf"), (tmp_path / "nginx.conf").read_text())])
    assert topology.could_not == ()
    assert len(topology.pools) == 20


def test_patterns_without_end_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globbing, "MOST_COMPARED", 3)
    (tmp_path / "a.conf").write_text("")
    (tmp_path / "b.conf").write_text("")
    finding = globbing.Globbing()
    assert len(finding.matches(f"{tmp_path}/*.conf")) == 2
    with pytest.raises(globbing.TooManyError):
        finding.matches(f"{tmp_path}/*.conf")


def test_each_of_many_sites_names_its_own_file_of_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the sites, not with their square: every folder is listed once, and of it only what begins as the pattern does
    is compared."""
    monkeypatch.setattr(globbing, "MOST_COMPARED", 300)
    (tmp_path / "sites").mkdir()
    (tmp_path / "extra").mkdir()
    for number in range(200):
        (tmp_path / "sites" / f"{number:03}.conf").write_text(f"upstream u{number} {{ include {tmp_path}/extra/{number:03}*.inc; }}\n")
        (tmp_path / "extra" / f"{number:03}x.inc").write_text("server 10.0.0.1;\n")
    scans: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: scandir(folder) if scans.append(folder) is None else None)
    texts = [(str(path), path.read_text()) for path in sorted((tmp_path / "sites").iterdir())]
    found = topologies(texts)
    assert [len(pool.servers) for topology in found for pool in topology.pools] == [1] * 200
    assert scans == [f"{tmp_path}/extra"]
    (tmp_path / "nginx.conf").write_text("events {}\nhttp { include sites/0*.conf; }\n")
    (whole,) = topologies([(str(tmp_path / "nginx.conf"), (tmp_path / "nginx.conf").read_text())])
    assert (len(whole.pools), whole.could_not) == (100, ())


@pytest.mark.parametrize(
    "pattern",
    [
        "*.conf",
        "./*.conf",
        "a*",
        "a?conf",
        "a[.]conf",
        "\\*",
        "a.conf*",
        "?.conf",
        "[ab].conf",
        "d*/*.conf",
        "d//*.conf",
        "d/../*.conf",
        ".*",
        "*",
        "x/*",
    ],
)
def test_patterns_find_what_the_shell_finds(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "d").mkdir()
    for name in ("a.conf", "b.conf", ".hidden.conf", "d/c.conf", "d/.x.conf"):
        (tmp_path / name).write_text("")
    found = globbing.Globbing().matches(f"{tmp_path}/{pattern}")
    assert {Path(name).resolve() for name in found} == {Path(name).resolve() for name in glob.glob(f"{tmp_path}/{pattern}")}  # noqa: PTH207 - the shell's own


def shows(*files: tuple[str | Path, str]) -> str:
    return "".join(f"# configuration file {name}:\n{text}" for name, text in files)


MAIN = "events {}\nhttp {\n  upstream web { server 10.0.0.1; server 10.0.0.2 weight=200; }\n}\n"


def test_what_a_dump_names_is_not_read_from_this_disk(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("one\ntwo\n# poise: ignore[uneven-weights] s3cret\n  s3cret\n")
    dump = tmp_path / "dump.conf"
    dump.write_text(shows((private, MAIN)))
    made = audit(Sources((str(dump),)), AuditOptions(), date(2026, 1, 1))
    assert [(f.rule, f.location.line) for f in made.findings if f.rule == "uneven-weights"] == [("uneven-weights", 3)]
    assert dict(made.texts)[str(private)] == MAIN
    assert "s3cret" not in findings_text.text(made)
    assert "3 |   upstream web { server 10.0.0.1;" in findings_text.text(made)


def test_a_comment_in_a_dump_silences_what_it_speaks_about(tmp_path: Path) -> None:
    dump = tmp_path / "dump.conf"
    dump.write_text(shows(("/x/nginx.conf", MAIN.replace("; }", "; } # poise: ignore[uneven-weights] it is bigger"))))
    made = audit(Sources((str(dump),)), AuditOptions(), date(2026, 1, 1))
    assert {f.rule for f in made.findings} & {"uneven-weights", "ignore-comment"} == set()


def test_a_dump_hides_no_file_of_this_disk(tmp_path: Path) -> None:
    haproxy, nginx, dump = (tmp_path / name for name in ("haproxy.cfg", "nginx.conf", "dump.conf"))
    haproxy.write_text("listen web\n    bind :80\n    server a 10.0.0.1:80\n")
    nginx.write_text(MAIN)
    dump.write_text(shows(("nginx.conf", "events {}\n"), (nginx, "http {}\n"), (haproxy, "http {}\n")))
    assert {topology.file for topology in read(Sources((str(tmp_path),))).topologies} == {str(haproxy), str(nginx), str(dump)}


def test_of_two_dumps_that_differ_no_line_is_quoted(tmp_path: Path) -> None:
    for name, text in (("a", MAIN), ("b", "\n" + MAIN)):
        (tmp_path / f"{name}.conf").write_text(shows(("/x/nginx.conf", text)))
    made = read(Sources((str(tmp_path),)))
    assert [topology.pools[0].location.line for topology in made.topologies] == [3, 4]
    assert made.texts["/x/nginx.conf"] == ""
