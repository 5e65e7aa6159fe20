"""Opens the store's file: pragmas, the version check, and the upgrade with its copy."""

import logging
import os
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from poise.store.backup import back_up
from poise.store.file_format import INCIDENTS, FileFormat
from poise.store.private import opened
from poise.store.store_error import StoreError

# Its pool logs a traceback of whatever interrupts the closing of a connection, as a second Ctrl-C does, and Python prints what nobody
# handles. The exception itself goes on.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


def open_engine(path: Path, busy: timedelta, form: FileFormat = INCIDENTS) -> Engine:
    """The engine on an up-to-date store. One query when there is nothing to do; raises StoreError, sqlite3.Error or SQLAlchemy's."""
    # SQLite gives its -wal and -shm files the mode of the store. Where no file can be made, it says so better than we could.
    with suppress(OSError):
        os.close(opened(str(path), os.O_RDWR | os.O_CREAT | os.O_EXCL))
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": busy.total_seconds()})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: object) -> None:
        # The driver's own transactions begin late and deferred; ours begin IMMEDIATE, so that two writers queue instead of failing.
        connection.isolation_level = None
        if form.shrinks:
            # Counts only before the first table is made, and costs nothing later.
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        _write_ahead(connection, busy)
        connection.execute(f"PRAGMA synchronous={form.durable}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if not connection.get_execution_options().get("reading") else "BEGIN")

    try:
        with engine.connect().execution_options(reading=True) as connection:
            version = _version(connection)
        _refuse(version, path, form)
        if version != form.head:
            _upgrade(engine, path, form)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _write_ahead(connection: Any, busy: timedelta) -> None:
    """Switches to WAL once. SQLite answers busy here without waiting when two processes switch at once, so the wait is ours."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    deadline = time.monotonic() + busy.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _version(connection: Connection) -> str | None:
    """The store's revision, None for a file without any table. Raises StoreError for a database that is something else."""
    tables = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
    if "alembic_version" not in tables:
        return None if not tables else "none"
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def _refuse(version: str | None, path: Path, form: FileFormat) -> None:
    if version == "none":
        raise StoreError(f"{path} is a database of another program: it was left as it is; choose another with --store or POISE_STORE")
    if version is not None and version not in form.known:
        raise StoreError(
            f"{path} was written by a newer poise (schema {version}, this one knows up to {form.head}): it was left as it is; upgrade "
            "poise, or choose another store with --store or POISE_STORE"
        )


def _upgrade(engine: Engine, path: Path, form: FileFormat) -> None:
    """To the newest, in one transaction: it is there whole or not at all. Another process may have been faster, so it looks again inside.

    The copy is made inside as well, by a reader that sees what was committed before: nobody can write between it and the upgrade.
    """
    from alembic import command  # noqa: PLC0415 - only paid when there is something to upgrade
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", form.migrations)
    with engine.connect() as connection, connection.begin():
        version = _version(connection)
        _refuse(version, path, form)
        if version != form.head:
            if version is not None:
                back_up(path, version, datetime.now(UTC))
            config.attributes["connection"] = connection
            command.upgrade(config, form.head)
