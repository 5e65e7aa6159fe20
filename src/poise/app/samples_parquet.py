"""Reads a recording's samples.parquet, through DuckDB where that is installed (`pip install 'poise[parquet]'`)."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from poise.model.could_not import CouldNot
from poise.model.sample import Series

PARQUET = "samples.parquet"
NOT_INSTALLED = "is Parquet, which poise reads with DuckDB: pip install 'poise[parquet]', or convert the file to samples.csv"
# What a file may hold is not trusted: nothing is fetched or loaded because of it.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
# Text without a zone is UTC, as in samples.csv; DuckDB would take the machine's.
OF_TEXT = """try_cast(case when regexp_matches("time", ':.*([Zz]|[+-][0-9:]+)$') then "time" else "time" || 'Z' end as timestamptz)"""
KIND = """select typeof("time") from read_parquet(?) limit 1"""
READ = """create temp table samples as select component::varchar as component, metric::varchar as metric,
epoch({time}) as seconds, try_cast("value" as double) as figure, file_row_number as number
from read_parquet(?, file_row_number = true)"""
KNOWN = "from samples where component is not null and metric is not null and isfinite(seconds) and isfinite(figure)"


def read_parquet(path: Path) -> tuple[Mapping[tuple[str, str], Series], tuple[CouldNot, ...]]:
    """The series of the file by (component, metric as written), instants as epoch seconds; and what could not be read. Columns are those of
    samples.csv: time (text or timestamp, UTC where it has no zone), component, metric, value. Never raises for what the file holds."""
    try:
        import duckdb  # noqa: PLC0415 - an extra, and 60 ms
    except ImportError:
        return {}, (CouldNot(path.name, NOT_INSTALLED),)
    try:
        with duckdb.connect(config=SETTINGS) as connection:
            # In DuckDB a path is a pattern; in brackets each of these stands for itself.
            place = [re.sub(r"([*?\[])", r"[\1]", str(path))]
            kind = connection.execute(KIND, place).fetchone()
            stamped = kind is not None and kind[0].startswith("TIMESTAMP")
            connection.execute(READ.format(time='"time"' if stamped else OF_TEXT), place)
            whole = connection.execute("select count(*) from samples").fetchone()
            names = connection.execute(f"select component, metric, count(*) {KNOWN} group by all order by all").fetchall()
            ordered = f"select seconds, figure {KNOWN} order by component, metric, seconds, number"
            table = connection.execute(ordered).fetchnumpy()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        return {}, (CouldNot(path.name, f"cannot be read: {reason}; it needs the columns time, component, metric, value"),)
    ends = np.cumsum([count for _, _, count in names], dtype=np.intp)
    if not names:
        return {}, (CouldNot(path.name, "holds no row with time, component, metric and a finite value"),)
    at, values = (np.split(np.asarray(table[name], dtype=np.float64), ends[:-1]) for name in ("seconds", "figure"))
    found = {(component, metric): Series(t, v) for (component, metric, _), t, v in zip(names, at, values, strict=True)}
    wrong = (whole[0] if whole else 0) - int(ends[-1])
    return found, (CouldNot(path.name, f"{wrong} rows have no time, component, metric or finite value"),) if wrong else ()
