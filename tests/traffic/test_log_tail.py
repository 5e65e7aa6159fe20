"""The tail of a log across rotation, truncation, deletion, lost permission and fast growth."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.traffic import log_tail
from poise.traffic.log_tail import BRIEF_SECONDS, PATIENCE_SECONDS, LogTail


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "access.log"


def test_it_begins_at_the_end_and_waits_for_the_rest_of_a_line(log: Path) -> None:
    add(log, "old\nhalf of an old ")
    tail = LogTail(str(log))
    assert tail.take(0).block == b""
    add(log, "line\nnew\nhal")
    assert tail.take(1).block == b"new\n"
    add(log, "f\n")
    assert tail.take(2).block == b"half\n"
    tail.close()


def test_a_renamed_file_is_read_on_while_somebody_writes_to_it(log: Path) -> None:
    add(log, "")
    tail = LogTail(str(log))
    tail.take(0)
    writer = log.open("a")
    writer.write("1\n")
    writer.flush()
    log.rename(log.with_suffix(".1"))
    # Before nginx reopens its log there is none of that name.
    assert tail.take(1).block == b"1\n" and tail.take(2).block == b""
    add(log, "3\n")
    writer.write("2\n")
    writer.flush()
    taken = tail.take(3)
    assert sorted(taken.block.split()) == [b"2", b"3"] and taken.noticed == ["renamed"]
    writer.write("4\n")
    writer.close()
    add(log, "5\n")
    assert sorted(tail.take(4).block.split()) == [b"4", b"5"]
    assert open_files(log) == 2
    tail.take(5 + PATIENCE_SECONDS)
    assert open_files(log) == 1
    tail.close()
    assert open_files(log) == 0


def open_files(log: Path) -> int:
    """How many files of that folder this process holds open."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(log.parent) in str(entry.readlink())
    return found


def test_copytruncate_also_where_the_file_outgrew_the_old_place(log: Path) -> None:
    add(log, "before\n" * 10)
    tail = LogTail(str(log))
    tail.take(0)
    add(log, "a\n")
    assert tail.take(1).block == b"a\n"
    shutil.copy(log, log.with_suffix(".1"))
    os.truncate(log, 0)
    add(log, "b\n")
    taken = tail.take(2)
    assert taken.block == b"b\n" and taken.noticed == ["cut"]
    os.truncate(log, 0)
    add(log, "c\n" * 100)
    assert tail.take(3).block == b"c\n" * 100
    tail.close()


def test_a_deleted_file_and_the_one_that_comes_after_it(log: Path) -> None:
    tail = LogTail(str(log))
    with pytest.raises(FileNotFoundError):
        tail.take(0)
    add(log, "first\n")
    assert tail.take(1).block == b"first\n", "a log that comes later is read from its beginning"
    log.unlink()
    assert tail.take(2).block == b""
    with pytest.raises(FileNotFoundError):
        tail.take(2 + BRIEF_SECONDS)
    add(log, "second\n")
    assert tail.take(20).block == b"second\n"
    tail.close()


def test_what_is_no_log_is_told(log: Path) -> None:
    log.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(OSError, match="compressed"):
        LogTail(str(log)).take(0)
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(OSError, match="pipe"):
        LogTail(str(log)).take(0)


def test_growth_faster_than_a_look_is_read_later_and_whole(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "BLOCK_BYTES", 1000)
    add(log, "")
    tail = LogTail(str(log))
    tail.take(0)
    lines = [f"{number} {'x' * (number % 90)}" for number in range(300)]
    add(log, "\n".join(lines) + "\n")
    read, looks = b"", 0
    while (taken := tail.take(looks)).block:
        assert len(taken.block) <= 1100
        read += taken.block
        looks += 1
    assert read.decode().split("\n")[:-1] == lines and looks > 10
    tail.close()


def test_a_line_without_an_end_is_not_kept(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "LONGEST_LINE", 100)
    add(log, "")
    tail = LogTail(str(log))
    tail.take(0)
    add(log, "x" * 150)
    assert tail.take(1).noticed == ["line too long"]
    add(log, "x" * 50 + "\nnext\n")
    assert tail.take(2).block == b"next\n"
    tail.close()


STEPS = st.lists(st.sampled_from(("whole", "half", "look", "rename", "look", "reopen", "delete")), max_size=40)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_every_line_comes_once_whatever_the_order(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    """One writer that appends as nginx does, and reopens the log by its name when told to."""
    log = tmp_path_factory.mktemp("tail") / "access.log"
    writer = log.open("ab", buffering=0)
    tail = LogTail(str(log))
    tail.take(0)
    written: list[bytes] = []
    read = b""
    half = b""
    for number, step in enumerate((*steps, "look", "end", "look", "look")):
        if step in ("whole", "end"):
            writer.write(b"w%d\n" % number)
            written.append(half + b"w%d" % number)
            half = b""
        elif step == "half":
            writer.write(b"h%d" % number)
            half += b"h%d" % number
        elif step == "rename" and log.exists():
            log.rename(log.with_suffix(f".{number}"))
        elif step == "delete" and log.exists():
            log.unlink()
        elif step == "reopen" and not half:
            # A file that came and went between two looks was never seen by name.
            read += tail.take(number / 100).block
            writer.close()
            writer = log.open("ab", buffering=0)
            read += tail.take(number / 100).block
        elif step == "look":
            read += tail.take(number / 100).block
    tail.close()
    writer.close()
    assert sorted(read.split(b"\n")[:-1]) == sorted(written)


@pytest.mark.root
def test_a_log_that_may_no_longer_be_read(log: Path) -> None:
    add(log, "old\n")
    log.parent.chmod(0o755)
    log.chmod(0)
    tail = LogTail(str(log))
    os.seteuid(65534)
    try:
        with pytest.raises(PermissionError):
            tail.take(0)
        os.seteuid(0)
        log.chmod(0o644)
        os.seteuid(65534)
        assert tail.take(1).block == b"", "what was there before is not new"
        os.seteuid(0)
        log.chmod(0)
        add(log, "new\n")
        os.seteuid(65534)
        assert tail.take(2).block == b"new\n", "it is open already"
    finally:
        os.seteuid(0)
    tail.close()
