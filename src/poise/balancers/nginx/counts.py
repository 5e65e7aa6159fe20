"""What servers or pools met, as a table: a row each, a column for each figure. Pure."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from poise.model.light import dataclass

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Tallied:
    """What one server or pool met since the start; from `answered` on since the last look only. In the order of a table's columns."""

    requests: float = 0.0
    errors_5xx: float = 0.0
    retries: float = 0.0
    connection_errors: float = 0.0
    response_errors: float = 0.0
    aborts: float = 0.0
    nobody_left: float = 0.0
    # Since the last look.
    answered: float = 0.0
    failed: float = 0.0
    response_ms: float = 0.0
    response_count: float = 0.0
    connect_ms: float = 0.0
    connect_count: float = 0.0


FIGURES = tuple(Tallied.__annotations__)
AT = {name: place for place, name in enumerate(FIGURES)}
_LATELY = AT["answered"]
_FIRST_ROOM = 16


class Counts:
    """A table that grows with the names that are met."""

    __slots__ = ("_table", "rows")

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._table: Floats = np.zeros((_FIRST_ROOM, len(FIGURES)))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    def __getitem__(self, name: str) -> Tallied:
        return Tallied(*self._table[self.rows[name]].tolist())

    @property
    def table(self) -> Floats:
        """The rows in the order of their names."""
        return self._table[: len(self.rows)]

    def row(self, name: str) -> int:
        """The row of that name, a new one if need be."""
        row = self.rows.get(name)
        if row is None:
            row = self.rows[name] = len(self.rows)
            if row == len(self._table):
                self._table = np.concatenate((self._table, np.zeros((max(_FIRST_ROOM, row // 4), len(FIGURES)))))
        return row

    def begin(self) -> None:
        """Forget the last look."""
        self._table[:, _LATELY:] = 0.0

    def add(self, name: str, found: Tallied) -> None:
        """Add what was met once."""
        # Found first: a new row may move the table.
        row = self.row(name)
        self._table[row] += [getattr(found, figure) for figure in FIGURES]

    def add_all(self, rows: NDArray[np.intp], failed: NDArray[np.bool_], response: Floats | None, connect: Floats | None) -> None:
        """Add requests that servers answered: the row of each, whether by a 5xx, and its seconds where they are known."""
        table, count = self.table, len(self.rows)
        met = np.bincount(rows, minlength=count)
        table[:, AT["requests"]] += met
        table[:, AT["answered"]] += met
        if failed.any():
            table[:, AT["errors_5xx"]] += np.bincount(rows[failed], minlength=count)
        for name, seconds in (("response", response), ("connect", connect)):
            if seconds is not None:
                table[:, AT[f"{name}_ms"]] += np.bincount(rows, weights=seconds, minlength=count) * 1000.0
                table[:, AT[f"{name}_count"]] += met
