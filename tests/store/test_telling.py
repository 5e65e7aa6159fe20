"""What SQLite says becomes what to do."""

import sqlite3
from pathlib import Path

import pytest

from poise.store.store_error import StoreError
from poise.store.telling import told


@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"])
def test_a_full_disk_is_called_full_by_whichever_name_sqlite_gives_it(name: str) -> None:
    """The last one was seen with a tmpfs of 300 KB that 280 KB were already written to: `PRAGMA journal_mode=WAL`, then a table."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    with pytest.raises(StoreError, match="free space on the disk of /srv"), told(Path("/srv/a.db"), "open"):
        raise error
