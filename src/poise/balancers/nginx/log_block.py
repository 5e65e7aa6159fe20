"""The times of a block of lines of one access log, by what the lines say otherwise. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.log_choice import ChosenLog
from poise.model.light import dataclass
from poise.traffic.formats.nginx_upstreams import Lists


@dataclass(frozen=True, slots=True)
class Sums:
    """Milliseconds of all attempts that are counted together."""

    response: float
    connect: float
    has_response: bool
    has_connect: bool


_RESPONSES = ("upstream_response_time", "upstream_session_time")
_HEADERS = ("upstream_header_time", "upstream_first_byte_time")
TIMES = frozenset(("request_time", "session_time", "upstream_connect_time", *_RESPONSES, *_HEADERS))


# Of a block of lines together; beyond it nothing is a figure of nginx's.
MOST_MS = 1e14
# No request takes a year: a longer time is no figure of nginx's.
MOST_SECONDS = 3e7
Floats = NDArray[np.float64]


class LogTimes:
    """The times of lines, each by itself: None where the format does not have them, NaN where they are no single time (`-`, a list).

    `single` tells the lines whose attempt took a time that can be one.
    """

    def __init__(self, columns: Mapping[str, Sequence[bytes]], tcp: bool) -> None:
        response = next((name for name in _RESPONSES if name in columns), None)
        self.request, self.response, self.connect = (
            None if name is None or name not in columns else _floats(columns[name])
            for name in ("session_time" if tcp else "request_time", response, "upstream_connect_time")
        )
        self.single = np.ones(len(next(iter(columns.values()), ())), dtype=np.bool_)
        for seconds in (self.response, self.connect):
            if seconds is not None:
                self.single &= (seconds >= 0) & (seconds < MOST_SECONDS)

    @staticmethod
    def of(seconds: Floats | None, lines: NDArray[np.intp]) -> Floats | None:
        """Those of these lines."""
        return None if seconds is None else seconds[lines]


class LogBlock:
    """The times of one block of lines, by what the lines say otherwise."""

    def __init__(self, log: ChosenLog, columns: Mapping[str, Sequence[bytes]], codes: NDArray[np.int64]) -> None:
        self.log = log
        self._columns, self._codes = columns, codes
        self._response = next((name for name in _RESPONSES if name in columns), None)
        self._header = next((name for name in _HEADERS if name in columns), None)
        self._seconds: dict[str, NDArray[np.float64] | None] = {}
        self._summed: dict[str, NDArray[np.float64] | None] = {}
        self._order: NDArray[np.intp] | None = None
        self._bounds: NDArray[np.intp] | None = None

    def seconds(self, name: str) -> NDArray[np.float64] | None:
        """A column of times; None where the format does not have it. What is no single time (`-`, a list) is NaN."""
        if name not in self._seconds:
            column = self._columns.get(name)
            self._seconds[name] = None if column is None else _floats(column)
        return self._seconds[name]

    def seconds_of(self, name: str, code: int) -> NDArray[np.float64] | None:
        """Those of the lines of this code."""
        values = self.seconds(name)
        if values is None:
            return None
        return values[self._lines(code)]

    def sums(self, code: int) -> Sums | None:
        """The times of the lines of this code, added up; None where one of them is no single time."""
        response, connect = self._sum(self._response, code), self._sum("upstream_connect_time", code)
        if not all(each is None or each < MOST_MS for each in (response, connect)):  # NaN is not
            return None
        return Sums(response or 0.0, connect or 0.0, response is not None, connect is not None)

    def lists(self, said: dict[str, bytes], code: int) -> list[tuple[Lists, int]]:
        """The lists of the lines of this code, and how many lines have the same."""
        lines = self._lines(code)
        names = [self._response, "upstream_connect_time" if "upstream_connect_time" in self._columns else None, self._header]
        columns = [self._columns[name] if name is not None else None for name in names]
        status = said.get("upstream_status")
        counted = Counter(tuple(column[line] if column is not None else None for column in columns) for line in lines.tolist())
        return [(Lists(said["upstream_addr"], status, *times), count) for times, count in counted.items()]

    def _sum(self, name: str | None, code: int) -> float | None:
        if name is None:
            return None
        if name not in self._summed:
            values = self.seconds(name)
            self._summed[name] = None if values is None else np.bincount(self._codes, weights=values).astype(np.float64) * 1000.0
        summed = self._summed[name]
        return None if summed is None else float(summed[code])

    def _lines(self, code: int) -> NDArray[np.intp]:
        if self._order is None or self._bounds is None:
            self._order = np.argsort(self._codes, kind="stable")
            self._bounds = np.searchsorted(self._codes[self._order], np.arange(int(self._codes.max()) + 2))
        return self._order[self._bounds[code] : self._bounds[code + 1]]


def _floats(column: Sequence[bytes]) -> NDArray[np.float64]:
    """One call reads them all where each is a number; otherwise each distinct one by itself."""
    text = b" ".join(column)
    # Where a value is empty or a list the count differs, where it is a dash reading ends there.
    if b"-" not in text and b"," not in text and b":" not in text and b"  " not in text and text[:1].isdigit() and text[-1:].isdigit():
        values = np.fromstring(text.decode("latin-1"), dtype=np.float64, sep=" ")
        if len(values) == len(column):
            return values
    # Times have three decimals, so that most occur more than once.
    known = {value: _float(value) for value in set(column)}
    return np.fromiter(map(known.__getitem__, column), dtype=np.float64, count=len(column))


def _float(value: bytes) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")
