"""New whole lines of a file that others append to, across rotation and truncation."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from poise.model.could_not import CouldNot
from poise.model.without_secrets import without_secrets

Entry = TypeVar("Entry")

CHUNK_BYTES = 4 * 1024 * 1024


class Tail:
    """Follows `path` by name. A line is delivered once it ends; a new file of the same name and a shorter one are read from their start.

    At the first look at most the last 4 MB are read: the window is bounded, history before it would be thrown away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode: int | None = None
        self._place = 0
        self._rest = b""

    def lines(self) -> list[str]:
        """The lines that ended since the last look. Raises OSError when the file cannot be read; one that is not there yet is empty."""
        try:
            with self.path.open("rb") as file:
                about = os.fstat(file.fileno())
                if self._inode is None and about.st_size > CHUNK_BYTES:
                    self._place, self._rest = about.st_size - CHUNK_BYTES, b""
                    file.seek(self._place)
                    self._place += len(file.readline())
                elif about.st_ino != self._inode or about.st_size < self._place:
                    self._place, self._rest = 0, b""
                self._inode = about.st_ino
                file.seek(self._place)
                new = file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return []
        self._place += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]


async def follow(tail: Tail, read_line: Callable[[str], Entry | None], missed: str) -> tuple[list[Entry], list[CouldNot]]:
    """What the lines since the last look say, and each line that `read_line` refuses (ValueError) told, not dropped in silence.

    `missed` says what is not known while the file cannot be read.
    """
    try:
        lines = await asyncio.to_thread(tail.lines)
    except OSError as error:
        return [], [CouldNot(str(tail.path), f"{error.strerror}: {missed}")]
    found: list[Entry] = []
    could_not: list[CouldNot] = []
    for line in lines:
        try:
            entry = read_line(line)
        except ValueError as error:
            could_not.append(CouldNot(str(tail.path), f"{without_secrets(line)[:80]!r}: {without_secrets(str(error))}"))
            continue
        if entry is not None:
            found.append(entry)
    return found, could_not
