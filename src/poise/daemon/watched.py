"""One load balancer to watch: what somebody said of it."""

from dataclasses import dataclass
from pathlib import Path

from poise.model.needs import Needs
from poise.model.reach import Reach


@dataclass(frozen=True, slots=True)
class Watched:
    """`configurations` are its files, for HAProxy in the order of its `-f` options. `base` is the folder that paths in `[watch]` and in
    `reach` are relative to, None that of the first file; `reach` None is `[watch]`'s. Two of the same `pair` must agree."""

    name: str
    configurations: tuple[str, ...]
    needs: Needs = Needs()
    needs_path: Path | None = None
    base: Path | None = None
    reach: Reach | None = None
    pair: str | None = None
