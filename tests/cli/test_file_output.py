"""What a command is told to write is written whole or not at all."""

import resource
import stat
from pathlib import Path

import pytest

from poise.cli.file_output import write_file


def test_a_file_is_replaced_with_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.md", tmp_path / "link.md"
    kept.write_text("old")
    kept.chmod(0o640)
    link.symlink_to("kept.md")
    write_file(link, "caf\udce9 é\n")
    assert kept.read_bytes() == b"caf\\udce9 \xc3\xa9\n"
    assert (link.is_symlink(), stat.S_IMODE(kept.stat().st_mode)) == (True, 0o640)
    write_file(tmp_path / "new.md", "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.md", "link.md", "new.md"]
    write_file(Path("/dev/null"), "nowhere")


def test_where_there_is_no_room_the_old_file_stays_and_the_error_names_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept.md"
    kept.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # EFBIG is to a writer what ENOSPC is, and needs no disk of its own; Python ignores SIGXFSZ.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        for path in (kept, tmp_path / "new.md"):
            with pytest.raises(OSError, match="File too large") as caught:
                write_file(path, "x" * 5000)
            assert caught.value.filename == str(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [each.name for each in tmp_path.iterdir()] == ["kept.md"]
    assert kept.read_text() == "old"
