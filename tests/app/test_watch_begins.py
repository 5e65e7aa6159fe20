"""How a watch begins that has nothing to watch: at once, and with what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from poise.app.watch_options import WatchOptions
from poise.app.watch_start import run


class Told:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        self.lines.append(line)

    def block(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def show(self, *_: Any) -> None:
        raise AssertionError("nothing is watched")


def refused(*configurations: str) -> str:
    told = Told()
    assert run(WatchOptions(configurations), told) == 2
    [line] = told.lines
    return line


def test_a_slip_in_a_file_name_ends_at_once_and_names_what_was_meant(tmp_path: Path) -> None:
    there = tmp_path / "haproxy.cfg"
    there.write_text("listen web\n bind :80\n server a 127.0.0.1:1\n")
    slip = str(tmp_path / "haproxi.cfg")
    assert refused(slip) == f"could not: {slip}: there is no such file, so nothing is watched. Did you mean {there}?"
    assert refused(str(there), slip).startswith(f"could not: {slip}: there is no such file")
    assert refused(str(tmp_path / "nowhere" / "x")).endswith("so nothing is watched. Check the path")
    (tmp_path / "link.cfg").symlink_to(tmp_path / "gone")
    assert "it is a link to a file that does not exist" in refused(str(tmp_path / "link.cfg"))


@pytest.mark.parametrize("text", ["root:x:0:0:root:/root:/bin/bash\n", ""])
def test_what_is_no_configuration_ends_at_once(tmp_path: Path, text: str) -> None:
    (tmp_path / "passwd.cfg").write_text(text)
    assert str(tmp_path / "passwd.cfg") in refused(str(tmp_path / "passwd.cfg"))
    (tmp_path / "passwd.cfg").unlink()
    assert str(tmp_path) in refused(str(tmp_path))


def test_standard_input_is_no_file_to_watch() -> None:
    assert refused("-").endswith("Name the file")
