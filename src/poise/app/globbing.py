"""The files that a pattern of `include` names, as glob(3) finds them, within a budget: stars from the root would walk a whole disk."""

import os

from poise.balancers.nginx.globs import glob_pattern, is_glob

# Entries of folders that are looked at for all patterns of one configuration; the largest folder of sites in the wild has some thousand.
MOST_ENTRIES = 50_000


class TooManyError(Exception):
    """The patterns would look at more than anybody waits for."""


class Globbing:
    """Looks for the files of one configuration's patterns."""

    def __init__(self) -> None:
        self.left = MOST_ENTRIES

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
        fits = glob_pattern(piece).fullmatch
        names: list[str] = []
        try:
            with os.scandir(folder or ".") as entries:
                for entry in entries:
                    self.left -= 1
                    if self.left < 0:
                        raise TooManyError
                    if fits(entry.name) and (not inner or _is_folder(entry)):
                        names.append(entry.name)
        except OSError:
            pass
        return names


def _join(folder: str, name: str) -> str:
    return folder + name if folder in ("", "/") else f"{folder}/{name}"


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
