"""Prometheus' answers to range queries (HTTP API v1, resultType matrix), as series. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from poise.exporters.metric import Labelled
from poise.model.could_not import CouldNot
from poise.model.plain_text import plain
from poise.model.series import Series

# The years 1 to 9999: beyond them no instant can be told.
FIRST, LAST = -62_135_596_800.0, 253_402_300_799.0
RANGE = "save the answer of /api/v1/query_range, or of /api/v1/query with a range such as haproxy_server_sessions_total[15m]"


@dataclass(frozen=True, slots=True)
class Answered:
    """The series of one answer, and what of it was not understood."""

    series: tuple[Labelled, ...] = ()
    could_not: tuple[CouldNot, ...] = ()


def read(text: str, source: str) -> Answered:
    """The series in a saved answer, in a list of them, or in one a line; `source` is what it is called. Raises nothing."""
    series: list[Labelled] = []
    could_not: list[CouldNot] = []
    for answer in _answers(text, source, could_not):
        for result in _matrix(answer, source, could_not):
            one = _series(result)
            if one is not None:
                series.append(one)
            elif not could_not or could_not[-1].reason != _NAMELESS:
                could_not.append(CouldNot(source, _NAMELESS))
    return Answered(tuple(series), tuple(could_not))


_NAMELESS = (
    "a series without a name or without samples: ask for the metric itself (haproxy_server_sessions_total), not for rate() or sum() of it"
)


def _answers(text: str, source: str, could_not: list[CouldNot]) -> Iterator[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            could_not.append(CouldNot(source, f"is no JSON ({plain(str(error))}): {RANGE}"))
            return
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as wrong:
                could_not.append(CouldNot(source, f"is no JSON ({plain(str(wrong))}): {RANGE}", number))
                return
        return
    yield from whole if isinstance(whole, list) else [whole]


def _matrix(answer: Any, source: str, could_not: list[CouldNot]) -> list[Any]:
    if isinstance(answer, dict) and answer.get("status") == "error":
        said = plain(f"{answer.get('errorType')}: {answer.get('error')}")[:300]
        could_not.append(CouldNot(source, f"Prometheus answered with an error ({said}): correct the query and ask again"))
        return []
    warnings = answer.get("warnings") if isinstance(answer, dict) else None
    for warning in warnings if isinstance(warnings, list) else ():
        could_not.append(CouldNot(source, f"Prometheus warns: {plain(str(warning))[:300]}"))
    data = answer.get("data", answer) if isinstance(answer, dict) else None
    kind = data.get("resultType") if isinstance(data, dict) else None
    result = data.get("result") if isinstance(data, dict) else None
    if kind != "matrix" or not isinstance(result, list):
        found = f"its result is a {plain(str(kind))}, not a matrix" if kind else "it is no answer of Prometheus"
        could_not.append(CouldNot(source, f"{found}: {RANGE}"))
        return []
    return result


def _series(result: Any) -> Labelled | None:
    metric = result.get("metric") if isinstance(result, dict) else None
    values = result.get("values") if isinstance(result, dict) else None
    if not isinstance(metric, dict) or not isinstance(metric.get("__name__"), str) or not isinstance(values, list):
        return None
    pairs = _pairs(values)
    if pairs is None:
        return None
    # NaN stands for "not measured", Inf for a division by zero: neither is a figure.
    pairs = pairs[np.isfinite(pairs).all(axis=1) & (pairs[:, 0] >= FIRST) & (pairs[:, 0] <= LAST)]
    instants, first = np.unique(pairs[:, 0], return_index=True)
    labels: Mapping[str, str] = {str(k): v for k, v in metric.items() if isinstance(v, str)}
    return Labelled(metric["__name__"], labels, Series(instants, pairs[first, 1]))


def _pairs(values: list[Any]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]] | None":
    """Instants and values, what is no pair left out; None where none is one."""
    good: list[tuple[float, float]] = []
    for each in values:
        try:
            at, value = each
            good.append((float(at), float(value)))
        except (TypeError, ValueError, OverflowError):
            continue
    return np.array(good, dtype=np.float64).reshape(-1, 2) if good else None
