"""Turns what SQLite and the system say into a StoreError that says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poise.store.file_format import INCIDENTS, FileFormat
from poise.store.store_error import StoreError


@contextmanager
def told(path: Path, verb: str, form: FileFormat = INCIDENTS) -> Iterator[None]:
    """Around everything that opens, reads or writes the store at `path`."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"could not {verb} {path}: {error.strerror or error}; choose another with --store or POISE_STORE") from error
    except Exception as error:
        cause = error if isinstance(error, sqlite3.Error) else getattr(error, "orig", None)
        if not isinstance(cause, sqlite3.Error):
            raise
        raise StoreError(f"could not {verb} {path}: {cause}; {_remedy(cause, path, form)}") from error


def _remedy(cause: sqlite3.Error, path: Path, form: FileFormat) -> str:
    words = str(cause).lower()
    name = getattr(cause, "sqlite_errorname", "")
    # On a tmpfs that is full SQLite 3.40.1 says SQLITE_IOERR_SHMSIZE, "disk I/O error", as it makes its -shm file.
    if name.startswith("SQLITE_FULL") or name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE") or "full" in words:
        return f"free space on the disk of {path.parent} and try again; everything acknowledged before is kept"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process holds it: end that process, or try again when it is done"
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return f"it is no {form.noun}, or is damaged: move it away{form.replaced}, or choose another with --store or POISE_STORE"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"this account must be able to write {path} and its folder; or choose another with --store or POISE_STORE"
    if "append-only" in words:
        return "append an event that corrects it"
    return "check the disk; `sqlite3 FILE 'pragma integrity_check'` says whether the file is whole"
