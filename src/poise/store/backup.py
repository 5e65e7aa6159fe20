"""The copy beside a store before its schema changes: whole and on stable storage under its name, or not there."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from stat import S_IMODE

from poise.store.private import opened
from poise.store.store_error import StoreError


def back_up(path: Path, version: str, now: datetime) -> Path:
    """The copy's path, `STORE.schema-VERSION-TIME`; an earlier copy is never overwritten.

    The caller holds the store's write lock: what is copied is what was committed before, and nobody else copies. Raises StoreError.
    """
    target = _free(path.with_name(f"{path.name}.schema-{version}-{now:%Y%m%dT%H%M%SZ}"))
    unfinished = path.with_name(f"{path.name}.schema-copy")
    try:
        # Left by one that was killed.
        unfinished.unlink(missing_ok=True)
        os.close(opened(str(unfinished), os.O_RDWR | os.O_CREAT | os.O_EXCL))
        unfinished.chmod(S_IMODE(path.stat().st_mode))
        # SQLite's own: the pages of the write-ahead log are in it too (sqlite.org/backup.html).
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new)
        _sync(unfinished)
        unfinished.rename(target)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise StoreError(
            f"{path} is of an older poise (schema {version}) and was left as it is: the copy that is made before an upgrade could not be "
            f"written to {path.parent}: {why}. It takes {_size(path)}: make room there and see that this account may write there, then try "
            "again; or choose another store with --store or POISE_STORE"
        ) from error
    return target


def _free(target: Path) -> Path:
    number, found = 1, target
    while found.exists():
        number += 1
        found = target.with_name(f"{target.name}.{number}")
    return found


def _sync(path: Path) -> None:
    """What was written there, or a name in that folder, survives the loss of power from here on."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _size(path: Path) -> str:
    return f"{max(1, round(sum(each.stat().st_size for each in (path, Path(f'{path}-wal')) if each.exists()) / 1e6))} MB"
