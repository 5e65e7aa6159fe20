"""What `poise watch` was asked for, and who shows what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from poise.daemon.watcher import Tick


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What to watch: files and folders, or those that an inventory lists. `seconds` None watches until interrupted; `record` and `store`
    None keep nothing, and the default store. `metrics` is the port of /metrics on loopback, None for no such page; `review` when
    reviews are made, None as `[watch]` says. `dashboard` are the ports of loopback that are tried for it in order, none for no dashboard;
    `terminal`: a person reads what is told, and nobody else does."""

    configurations: Sequence[str] = ()
    inventory: str | None = None
    needs_path: str | None = None
    record: Path | None = None
    seconds: float | None = None
    store: Path | None = None
    metrics: int | None = None
    review: str | None = None
    dashboard: Sequence[int] = ()
    terminal: bool = False

    @property
    def scope(self) -> str:
        """Whose alerts are kept, and who of several watches sends: the same files are the same however they were named, and files of
        the same name in other folders are others."""
        named = (self.inventory,) if self.inventory is not None else self.configurations
        return ", ".join(str(Path(name).resolve()) for name in named)


class Screen(Protocol):
    """Who shows what is told."""

    def tell(self, line: str) -> None:
        """One piece of news."""

    def block(self, lines: Sequence[str]) -> None:
        """Lines that belong together."""

    def show(self, tick: "Tick", name: str, brief: bool) -> None:
        """The balance of one load balancer, when it is due; `name` is said where there are several, and `brief` asked where many."""
