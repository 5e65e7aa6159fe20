"""One open store: what the logs of incidents, alerts and reviews, which stand in one file, and the history in its own have in common."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from poise.store.file_format import INCIDENTS, FileFormat
from poise.store.private import make_folder
from poise.store.store_error import StoreError
from poise.store.telling import told

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class StoreFile:
    """The store at `path`, open until `close`.

    Opening creates the file, or upgrades it after a copy was put beside it. Raises StoreError where the file is no store, is from a newer
    poise, cannot be written, or stays locked for longer than `busy`. SQLAlchemy costs 200 ms to import, so it is imported on opening;
    alembic only when there is something to upgrade.
    """

    form: ClassVar[FileFormat] = INCIDENTS

    def __init__(self, path: Path, busy: timedelta) -> None:
        self.path = path
        self._engine: Engine | None = None
        with told(path, "open", self.form):
            make_folder(path.parent)
            from poise.store.opening import open_engine  # noqa: PLC0415 - see the docstring

            self._engine = open_engine(path, busy, self.form)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file. Nothing is lost without it."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _connect(self, reading: bool = False) -> "Connection":
        if self._engine is None:
            raise StoreError(f"{self.path}: the store was closed; open it again")
        return self._engine.connect().execution_options(reading=reading)
