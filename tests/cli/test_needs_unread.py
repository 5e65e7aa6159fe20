"""`poise needs` of what could not be read."""

from pathlib import Path

import pytest

from poise.cli.main import run


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01", b"hello: world\n"])
def test_of_what_was_not_read_no_needs_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None) -> None:
    path = tmp_path / "lb.cfg"
    if content is not None:
        path.write_bytes(content)
    assert run(["needs", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and str(path) in told.err
