"""The files that a pattern of `include` names, as glob(3) finds them, within a budget: stars from the root would walk a whole disk."""

import os
import re
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress

from poise.balancers.nginx.globs import glob_pattern, is_glob

# Entries of folders that are looked at for all patterns of one configuration; the largest folder of sites in the wild has some thousand.
MOST_ENTRIES = 50_000
# Each of some thousand sites may name a few files of one and the same folder; so many names are compared in a second.
MOST_COMPARED = 2_000_000


class TooManyError(Exception):
    """The patterns would look at more than anybody waits for."""


# What stands in a folder, by name.
Listed = tuple[Sequence[str], Sequence[os.DirEntry[str]]]
_SIGN = re.compile(r"[*?\[]")


class Globbing:
    """Looks for the files of one configuration's patterns. `folders` are shared with other configurations that are read at one time: each
    of two thousand sites may name a file of its own in one folder."""

    def __init__(self, folders: dict[str, Listed] | None = None) -> None:
        self.left = MOST_ENTRIES
        self.compared = 0
        self.folders: dict[str, Listed] = {} if folders is None else folders

    def matches(self, place: str) -> list[str]:
        """The names in order. Raises TooManyError, and ValueError for what can be no name."""
        found = ["/" if place.startswith("/") else ""]
        pieces = [piece for piece in place.split("/") if piece]
        for number, piece in enumerate(pieces, 1):
            if not is_glob(piece):
                found = [_join(folder, piece) for folder in found]
                continue
            inner = number < len(pieces) or place.endswith("/")
            found = [_join(folder, name) for folder in found for name in self._fitting(folder, piece, inner)]
        return sorted(name for name in found if os.path.lexists(name))

    def _fitting(self, folder: str, piece: str, inner: bool) -> list[str]:
        """The names in a folder that fit; with `inner`, of folders only."""
        names, entries = self._entries(folder)
        fits, head = glob_pattern(piece).fullmatch, _SIGN.split(piece, maxsplit=1)[0]
        first = bisect_left(names, head) if head else 0
        # No name that begins with `head` stands behind the last sign there is.
        last = bisect_left(names, head + chr(0x10FFFF)) if head else len(names)
        self.compared += last - first
        if self.compared > MOST_COMPARED:
            raise TooManyError(f"the includes compare more than {MOST_COMPARED} names of files")
        return [entry.name for entry in entries[first:last] if fits(entry.name) and (not inner or _is_folder(entry))]

    def _entries(self, folder: str) -> Listed:
        """What stands in a folder, looked at once however many patterns ask; nothing where it is none or closed to us."""
        if folder not in self.folders:
            entries: list[os.DirEntry[str]] = []
            with suppress(OSError), os.scandir(folder or ".") as found:
                for entry in found:
                    self.left -= 1
                    if self.left < 0:
                        raise TooManyError(f"the includes look at more than {MOST_ENTRIES} files and folders")
                    entries.append(entry)
            entries.sort(key=lambda entry: entry.name)
            # Only what was looked at whole is kept.
            self.folders[folder] = ([entry.name for entry in entries], entries)
        return self.folders[folder]


def _join(folder: str, name: str) -> str:
    return folder + name if folder in ("", "/") else f"{folder}/{name}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
