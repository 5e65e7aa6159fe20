"""A log on a disk that hangs: its file is closed all the same, once the read is through."""

import asyncio
import threading
from pathlib import Path

import pytest

from poise.balancers.nginx import log_source
from poise.balancers.nginx.log_source import FileSource
from poise.traffic.log_tail import LogTail, Taken


def open_at(path: Path) -> int:
    """How many descriptors of this process are of that file."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            found += each.readlink() == path
        except OSError:
            continue  # that of the listing itself
    return found


def test_a_read_that_hangs_when_it_is_closed_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "access.log"
    log.write_text("one\n")
    hangs, goes_on, take = threading.Event(), threading.Event(), LogTail.take

    def hanging(tail: LogTail, now: float) -> Taken:
        taken = take(tail, now)
        hangs.set()
        goes_on.wait(60)
        return taken

    async def story() -> None:
        source = FileSource(str(log), "lost")
        await source.look()
        assert open_at(log) == 1
        monkeypatch.setattr(LogTail, "take", hanging)
        monkeypatch.setattr(log_source, "HANGS_SECONDS", 0.01)
        monkeypatch.setattr(log_source, "CLOSING_SECONDS", 0.01)
        assert (await source.look()).failed
        assert await asyncio.to_thread(hangs.wait, 60)
        await source.close()
        assert open_at(log) == 1  # not under the hands of who reads it
        goes_on.set()
        assert source._reading is not None
        await asyncio.wait([source._reading])
        assert open_at(log) == 0

    asyncio.run(story())


def test_one_that_does_not_hang_is_closed_at_once(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("one\n")

    async def story() -> None:
        source = FileSource(str(log), "lost")
        await source.look()
        await source.close()
        assert open_at(log) == 0

    asyncio.run(story())
