"""Three ways to keep what a watch measures: what poise does, rows in SQLite, rows in DuckDB. All take the same batches of looks."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from poise.model.sample import Block
from poise.store.history.batch import Batch
from poise.store.history.history_reader import HistoryReader
from poise.store.history.sample_history import SampleHistory

METRICS = (
    *("requests_total", "responses_5xx_total", "in_flight", "queue", "weight", "up", "response_ms", "retries_total"),
    *("redispatches_total", "connection_errors_total", "check_ms", "maintenance", "drain", "effective_weight"),
)
FILES = ("/etc/haproxy/haproxy.cfg",)


class Engine(Protocol):
    """One way."""

    def write(self, blocks: Sequence[Block]) -> None:
        """A batch, committed."""

    def shares(self, names: Sequence[str], start: float, end: float) -> NDArray[np.float64]:
        """What these servers' requests rose in each minute, a row a minute."""

    def close(self) -> None:
        """Close the file."""


class Chunks:
    """What poise does."""

    def __init__(self, path: Path, _: Sequence[str]) -> None:
        self.path = path
        self._history = SampleHistory(path, timedelta(seconds=5))
        self._reader: HistoryReader | None = None

    def write(self, blocks: Sequence[Block]) -> None:
        batch = Batch()
        for block in blocks:
            batch.add(block.at.timestamp(), (), (block,), ())
        self._history.write("lb1", FILES, batch)

    def tend(self, now: float) -> None:
        """Make what is over coarser."""
        while self._history.tend({}, 1e12, now):
            pass

    def shares(self, names: Sequence[str], start: float, end: float) -> NDArray[np.float64]:
        from poise.store.history.tiers import MINUTE  # noqa: PLC0415

        self._reader = self._reader or HistoryReader(self.path)
        return self._reader.table(self._reader.subjects()[0], "requests_total", start, end, MINUTE, names).values

    def close(self) -> None:
        for each in filter(None, (self._reader, self._history)):
            each.close()


class SqliteRows:
    """A row for each server and look."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for each in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._connection.execute(f"PRAGMA {each}")
        columns = ", ".join(f"{metric} REAL" for metric in METRICS)
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS look (component INTEGER, at REAL, {columns}, PRIMARY KEY (component, at)) WITHOUT ROWID"
        )
        self._place = {name: i for i, name in enumerate(names)}

    def write(self, blocks: Sequence[Block]) -> None:
        marks = ", ".join("?" * (len(METRICS) + 2))
        self._connection.execute("BEGIN IMMEDIATE")
        for block in blocks:
            at = block.at.timestamp()
            rows = [(i, at, *row) for i, row in enumerate(block.values.tolist())]
            self._connection.executemany(f"INSERT INTO look VALUES ({marks})", rows)  # noqa: S608 - our own names
        self._connection.execute("COMMIT")

    def shares(self, names: Sequence[str], start: float, end: float) -> NDArray[np.float64]:
        wanted = ", ".join(str(self._place[name]) for name in names)
        query = f"""SELECT CAST(at / 60 AS INTEGER) AS minute, component, max(requests_total) - min(requests_total) FROM look
                    WHERE component IN ({wanted}) AND at >= ? AND at < ? GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608
        return _matrix(self._connection.execute(query, (start, end)).fetchall(), len(names))

    def close(self) -> None:
        self._connection.close()


class DuckRows:
    """A row for each server and look, in columns. Sorted by time, as they come."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        import duckdb  # noqa: PLC0415 - not everybody has it

        self._connection = duckdb.connect(str(path), config={"threads": 2, "memory_limit": "256MB"})
        columns = ", ".join(f"{metric} {'DOUBLE' if metric.endswith('_total') else 'FLOAT'}" for metric in METRICS)
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS look (t DOUBLE, component INTEGER, {columns})")
        self._place = {name: i for i, name in enumerate(names)}

    def write(self, blocks: Sequence[Block]) -> None:
        count = len(blocks[0].components)
        table: dict[str, Any] = {
            "t": np.repeat([block.at.timestamp() for block in blocks], count),
            "component": np.tile(np.arange(count, dtype=np.int32), len(blocks)),
        }
        values = np.concatenate([block.values for block in blocks])
        table |= {metric: np.ascontiguousarray(values[:, i]) for i, metric in enumerate(METRICS)}
        self._connection.register("fresh", table)
        self._connection.execute("INSERT INTO look SELECT * FROM fresh")
        self._connection.unregister("fresh")

    def shares(self, names: Sequence[str], start: float, end: float) -> NDArray[np.float64]:
        wanted = ", ".join(str(self._place[name]) for name in names)
        query = f"""SELECT CAST(floor(t / 60) AS BIGINT) AS minute, component, max(requests_total) - min(requests_total) FROM look
                    WHERE component IN ({wanted}) AND t >= ? AND t < ? GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608
        return _matrix(self._connection.execute(query, (start, end)).fetchall(), len(names))

    def close(self) -> None:
        with suppress(Exception):
            self._connection.execute("CHECKPOINT")
        self._connection.close()


ENGINES: dict[str, type[Any]] = {"poise": Chunks, "sqlite-rows": SqliteRows, "duckdb-rows": DuckRows}


def rows_in(engine: str, path: Path) -> int:
    """How many looks of the first server a file holds, after whatever happened to it."""
    if engine == "duckdb-rows":
        import duckdb  # noqa: PLC0415

        with duckdb.connect(str(path), read_only=True) as connection:
            return int((connection.execute("SELECT count(*) FROM look WHERE component = 0").fetchone() or (0,))[0])
    if engine == "sqlite-rows":
        connection = sqlite3.connect(path)
        try:
            return int(connection.execute("SELECT count(*) FROM look WHERE component = 0").fetchone()[0])
        finally:
            connection.close()
    with HistoryReader(path) as reader:
        return len(reader.table(reader.subjects()[0], "requests_total", 0, 1e11, components=["p0/s0"]).seconds)


def _matrix(rows: Sequence[Sequence[Any]], columns: int) -> NDArray[np.float64]:
    return np.array([row[2] for row in rows], dtype=np.float64).reshape(-1, columns)
