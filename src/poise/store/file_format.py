"""What kind of file a store is: its line of migrations, and what a commit of it is worth."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FileFormat:
    """`known` are its schemas, the newest last; `migrations` is alembic's script location. `replaced` says what takes the place of a file
    that is moved away. `shrinks`: what is let go of can be given back to the disk.

    `durable` FULL survives the loss of power at each commit; NORMAL loses the last commits then, and none to kill -9
    (sqlite.org/pragma.html#pragma_synchronous).
    """

    noun: str
    known: tuple[str, ...]
    migrations: str
    replaced: str
    durable: Literal["FULL", "NORMAL"] = "FULL"
    shrinks: bool = False

    @property
    def head(self) -> str:
        """The newest schema."""
        return self.known[-1]


INCIDENTS = FileFormat("incident store", ("0001", "0002", "0003", "0004", "0005", "0006"), "poise.store:migrations", " and put back a copy")
# What is measured comes again: a page of it is not worth a wait for the disk.
HISTORY = FileFormat(
    "history", ("h0001", "h0002"), "poise.store.history:migrations", "; poise then begins a new one", "NORMAL", shrinks=True
)
