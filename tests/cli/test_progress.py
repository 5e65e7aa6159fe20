"""Who waits for a long answer sees what is done; who reads what poise writes sees none of it."""

import io
import sys
import time
from pathlib import Path

import pytest

from poise.cli import progress
from poise.cli.audited import plain

HAPROXY = "defaults\n mode http\nbackend web\n server a 10.0.0.1:80\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.001)
    return made


def shown(terminal: Terminal, words: str) -> bool:
    end = time.monotonic() + 20
    while words not in terminal.getvalue() and time.monotonic() < end:
        time.sleep(0.001)
    return words in terminal.getvalue()


def test_what_is_done_is_told_after_a_second_and_taken_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = seen(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.02)
    with progress.progress_line() as tell:
        assert tell is not None
        tell("reading \x1b[2J/etc")
        assert shown(terminal, f"{progress.CLEAR}reading \\x1b[2J/etc … 0 s")
        tell("reading /" + "long/" * 40 + "name.cfg")
        assert shown(terminal, "name.cfg … 0 s")
    assert terminal.getvalue().endswith(progress.CLEAR)
    assert all(len(line.removeprefix(progress.CLEAR[1:])) <= progress.COLUMNS for line in terminal.getvalue().split("\r"))


def test_a_short_answer_and_a_pipe_get_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = seen(monkeypatch)
    with progress.progress_line() as tell:
        assert tell is not None
        tell("reading")
    assert not terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.progress_line() as tell:
        assert tell is None


def test_an_audit_tells_what_it_looks_into_reads_and_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "web.cfg").write_text(HAPROXY)
    said: list[str] = []

    class Line:
        def __enter__(self) -> object:
            return said.append

        def __exit__(self, *_: object) -> None:
            """Nothing."""

    monkeypatch.setattr("poise.cli.audited.progress_line", Line)
    plain([str(tmp_path)])
    file = f"{tmp_path}/inner/web.cfg"
    assert said[:2] == [f"looking into {tmp_path}", f"looking into {tmp_path}/inner"]
    assert said[2:4] == [f"reading {file}"] * 2 and said[-1] == "judging what was read"
