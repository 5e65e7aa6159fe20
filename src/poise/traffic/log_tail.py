"""New whole lines of a log that a server goes on writing, across every way of rotating it, without losing any that could be had.

The file stays open: what is written to it under another name (rename; nginx writes there until it is told to reopen, and workers of an
old configuration until they end) or after its deletion is read all the same.
"""

import os
import stat
from dataclasses import dataclass, field

# One look takes at most this much into memory; what is more is read at the next looks, nothing is skipped.
BLOCK_BYTES = 1024 * 1024
# nginx writes a line of at most a few times its largest header buffers (4 of 8 kB); without a line end in this much it is no such log.
LONGEST_LINE = 1024 * 1024
# So many of the bytes in front of the place are remembered, to know the file again after a look.
MARK_BYTES = 128
# A renamed file is let go once nothing was written to it for so long.
PATIENCE_SECONDS = 300.0
MOST_OLD_FILES = 8
BRIEF_SECONDS = 10.0


@dataclass(slots=True)
class Taken:
    """What one look gave: whole lines, how many bytes are still unread, and what was noticed (`renamed`, `cut`, `line too long`)."""

    block: bytes = b""
    behind: int = 0
    noticed: list[str] = field(default_factory=list)


class _Open:
    """One open file and the place up to which it was read."""

    def __init__(self, fd: int, place: int, now: float, skip: bool = False) -> None:
        about = os.fstat(fd)
        self.fd, self.place, self.identity = fd, place, (about.st_dev, about.st_ino)
        self.rest, self.grew, self.skip = b"", now, skip
        self.mark = os.pread(fd, min(place, MARK_BYTES), max(0, place - MARK_BYTES))

    def take(self, most: int, now: float, taken: Taken) -> bytes:
        """The lines that ended, and the rest kept for the next look."""
        size = os.fstat(self.fd).st_size
        if size < self.place or (size > self.place and self._other()):
            # Copied away and cut. A file that has grown beyond the old place since is known by the bytes in front of it.
            self.place, self.rest, self.mark, self.skip = 0, b"", b"", False
            taken.noticed.append("cut")
        # O_RDONLY file of a log: read where we are, never where another process put the offset.
        new = os.pread(self.fd, most, self.place) if size > self.place else b""
        taken.behind += max(0, size - self.place - len(new))
        if not new:
            return b""
        self.grew = now
        self.place += len(new)
        self.mark = (self.mark + new)[-MARK_BYTES:]
        end = new.rfind(b"\n") + 1
        if not end:
            self.rest += new
            if len(self.rest) > LONGEST_LINE:
                self.rest, self.skip = b"", True
                taken.noticed.append("line too long")
            return b""
        whole, self.rest = self.rest + new[:end], new[end:]
        if self.skip:
            whole, self.skip = whole[whole.index(b"\n") + 1 :], False
        return whole

    def _other(self) -> bool:
        return os.pread(self.fd, len(self.mark), self.place - len(self.mark)) != self.mark if self.mark else False


class LogTail:
    """Follows `path` by name. A file that is there at the first look is read from its end, one that comes later from its beginning."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._current: _Open | None = None
        self._old: list[_Open] = []
        self._looked = False
        self._since: float | None = None

    def take(self, now: float) -> Taken:
        """The lines that ended since the last look; `now` is any clock in seconds that only goes forward.

        Raises OSError when nothing can be read: the file is missing, forbidden, or no regular file. Lines that were read before from
        files that are still open are then not lost: they come with the next look that succeeds.
        """
        taken = Taken()
        problem = self._follow(now, taken)
        pieces, left = [], BLOCK_BYTES
        for each in [*self._old, *([self._current] if self._current else [])]:
            piece = each.take(max(0, left), now, taken)
            pieces.append(piece)
            left -= len(piece)
        for each in [each for each in self._old if now - each.grew > PATIENCE_SECONDS]:
            self._let_go(each)
        taken.block = b"".join(pieces)
        self._since = None if problem is None else now if self._since is None else self._since
        # Between a rename and nginx's reopening there is no file of that name for a moment.
        brief = self._current is not None and self._since is not None and now - self._since < BRIEF_SECONDS
        if problem is not None and not brief and not taken.block:
            raise problem
        return taken

    def still(self) -> bool:
        """Whether a look would give nothing, told by one question to the file system."""
        if self._current is None or self._old or self._since is not None:
            return False
        try:
            about = os.stat(self.path)  # noqa: PTH116
        except OSError:
            return False
        return (about.st_dev, about.st_ino) == self._current.identity and about.st_size == self._current.place

    def close(self) -> None:
        """Closes the file."""
        for each in (*self._old, *([self._current] if self._current else [])):
            os.close(each.fd)
        self._old, self._current = [], None

    def _follow(self, now: float, taken: Taken) -> OSError | None:
        try:
            about = os.stat(self.path)  # noqa: PTH116 - pathlib is not needed for this
            if self._current is not None and self._current.identity == (about.st_dev, about.st_ino):
                return None
            if not stat.S_ISREG(about.st_mode):
                raise OSError(0, "it is no file but a device or pipe, of which nothing can be read back")
            # A pipe that takes the file's place in between must not hold us up.
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            # What comes later is new; what may be read later was there all the time.
            self._looked = self._looked or isinstance(error, FileNotFoundError)
            return error
        try:
            found = self._opened(fd, now)
        except OSError as error:
            os.close(fd)
            return error
        if self._current is not None:
            self._old.append(self._current)
            taken.noticed.append("renamed")
            while len(self._old) > MOST_OLD_FILES:
                self._let_go(self._old[0])
        self._current, self._looked = found, True
        return None

    def _opened(self, fd: int, now: float) -> _Open:
        if os.pread(fd, 2, 0) == b"\x1f\x8b":
            raise OSError(0, "it is compressed (gzip): lines cannot be read before they are whole blocks")
        if self._looked:
            return _Open(fd, 0, now)
        size = os.fstat(fd).st_size
        # In the middle of a line the rest of it is not taken for one.
        return _Open(fd, size, now, skip=size > 0 and os.pread(fd, 1, size - 1) != b"\n")

    def _let_go(self, each: _Open) -> None:
        self._old.remove(each)
        os.close(each.fd)
