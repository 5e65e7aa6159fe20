"""Texts of files that are kept for the day when they change: a large one in a tenth of its room. Pure."""

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

# Below that hundreds of load balancers hold little.
LARGE_CHARACTERS = 16 * 1024
# The fastest: files of configurations repeat themselves, so that it makes as little of them as the best one.
LEVEL = 1


class KeptTexts(Mapping[Path, str]):
    """The same texts by file."""

    __slots__ = ("_kept",)

    def __init__(self, texts: Mapping[Path, str]) -> None:
        self._kept: dict[Path, str | bytes] = {
            file: text if len(text) < LARGE_CHARACTERS else zlib.compress(text.encode("utf-8", "surrogatepass"), LEVEL)
            for file, text in texts.items()
        }

    def __getitem__(self, file: Path) -> str:
        kept = self._kept[file]
        return kept if isinstance(kept, str) else zlib.decompress(kept).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[Path]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, file: object) -> bool:
        return file in self._kept
