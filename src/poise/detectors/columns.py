"""How detectors read one metric of many components at once: vectors in the order of the names they hand over, NaN for what is not known.

Each gives what its namesake in `poise.detectors.reading` gives for one component. Hand over the same tuple of names each time
(`servers(window).names`): where it stands in the history's rows is then known already.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from poise.detectors import reading
from poise.detectors.servers import Floats
from poise.detectors.standing import standing
from poise.model.frame import LOOKS_LATE, Frame
from poise.model.sample import Table, Window


def latest(window: Window, names: tuple[str, ...], metric: str, within: float = 5.0) -> Floats:
    """The newest values that are not older than `within` seconds, or than two looks where the load balancer is asked less often."""
    key = ("latest", metric, within, id(names))
    kept: tuple[object, Floats] | None = window.looked.get(key)
    if kept is not None:
        return kept[1]
    if metric not in window.measured:
        return _nothing(window, (len(names),))
    if (stands := standing(window, names).latest(window, metric, within)) is not None:
        window.looked[key] = names, stands
        return stands
    now = window.now_seconds

    def of_one(name: str) -> float:
        value = reading.latest(window, name, metric, within)
        return np.nan if value is None else value

    found = _gathered(window, names, metric, lambda frame: frame.latest(metric, now, max(within, LOOKS_LATE * frame.gap)), of_one)
    return _kept(window, key, names, found)


def risen(window: Window, names: tuple[str, ...], metric: str, *spans: float) -> Floats:
    """How much a counter rose over the last seconds: a row for each of the `spans`, which ascend."""
    key = ("risen", metric, id(names))
    kept: tuple[object, Floats, tuple[float, ...]] | None = window.looked.get(key)
    if kept is not None:
        # Who asks for one span finds it among those that another asked for.
        if kept[2] == spans:
            return kept[1]
        if set(spans).issubset(kept[2]):
            return kept[1][[kept[2].index(span) for span in spans]]
    if metric not in window.measured:
        return _nothing(window, (len(spans), len(names)))
    if (stands := standing(window, names).risen(window, metric, spans)) is not None:
        if kept is None:
            window.looked[key] = names, stands, spans
        return stands
    now = window.now_seconds

    def of_one(name: str) -> Floats:
        found = (reading.risen(window, name, metric, span) for span in spans)
        return np.array([np.nan if rise is None else rise for rise in found])

    found = _gathered(window, names, metric, lambda frame: frame.risen(metric, now, spans), of_one, len(spans))
    found.setflags(write=False)
    if kept is None or len(spans) > len(kept[2]):
        window.looked[key] = (names, found, spans)
    return found


def steady_seconds(window: Window, names: tuple[str, ...], metric: str, seconds: float = 120.0) -> Floats:
    """How long a state has been what it is, at most `seconds`; `seconds` where it was never measured."""
    if (stands := standing(window, names).steady(window, metric, seconds)) is not None:
        return stands
    now = window.now_seconds

    def of_one(name: str) -> float:
        return reading.steady_seconds(window, name, metric, seconds)

    found = _gathered(window, names, metric, lambda frame: frame.steady(metric, now, seconds), of_one)
    return np.where(np.isnan(found), seconds, found)


def values(window: Window, names: tuple[str, ...], metric: str, seconds: float, looks: int = 1) -> Table:
    """The values of the last `seconds`, a column for each name; where the load balancer is asked less often, of the last `looks` looks."""
    span, source = _span(window, metric, seconds, looks), standing(window, names).source(window, metric)
    if source is None:
        return window.table(names, metric, span)
    frame, place = source
    found = frame.table(metric, window.now_seconds - span, window.now_seconds)
    return found if place.columns is None else Table(found.seconds, place.taken(found.values))


def stood(window: Window, names: tuple[str, ...], metric: str, seconds: float, looks: int) -> Floats | None:
    """What all `values` of that time are, NaN for what has none; None where there are fewer looks, or where any may differ."""
    return standing(window, names).row(window, metric, _span(window, metric, seconds, looks), looks)


def least(table: Floats) -> Floats:
    """The smallest of each column, NaN for one without values."""
    return np.fmin.reduce(table, axis=0) if len(table) else np.full(table.shape[1], np.nan)


def means(table: Floats) -> Floats:
    """The mean of each column, NaN for one without values."""
    here = ~np.isnan(table)
    count = here.sum(axis=0)
    return np.where(count > 0, np.where(here, table, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def medians(table: Floats) -> Floats:
    """The median of each column, NaN for one without values."""
    count = (~np.isnan(table)).sum(axis=0)
    if not len(table):
        return np.full(table.shape[1], np.nan)
    ordered, column = np.sort(table, axis=0), np.arange(table.shape[1])  # NaN sorts behind all
    middle = (ordered[np.maximum(count - 1, 0) // 2, column] + ordered[np.minimum(count // 2, len(table) - 1), column]) / 2
    return np.where(count > 0, middle, np.nan)


def serving(window: Window, names: tuple[str, ...]) -> tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]:
    """Whether the load balancer would send each server traffic (up, and not in maintenance or drain), and whether its state is known."""
    states = tuple(latest(window, names, metric) for metric in ("up", "maintenance", "drain"))

    def make() -> tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]:
        up, maintained, draining = states
        # What is not known is NaN, which is neither above nor below.
        return (up > 0) & ~(maintained > 0) & ~(draining > 0), ~np.isnan(up)

    return window.memo.of(("serving", id(names)), (names, *states), make)


def _span(window: Window, metric: str, seconds: float, looks: int) -> float:
    gaps = [frame.gap for frame in window.frames if metric in frame.metrics]
    return max(seconds, looks * max(gaps, default=0.0)) - reading.JITTER_SECONDS


def _nothing(window: Window, shape: tuple[int, ...]) -> Floats:
    """What nobody measured, made once."""
    return window.memo.of(("nothing", shape), (), lambda: np.broadcast_to(np.nan, shape))


def _kept(window: Window, key: object, names: tuple[str, ...], found: Floats) -> Floats:
    """What several detectors ask of a window is read once, and nobody may write to it. `names` stay, so that no others get their id."""
    found.setflags(write=False)
    window.looked[key] = (names, found)
    return found


def _gathered(
    window: Window,
    names: tuple[str, ...],
    metric: str,
    of_frame: Callable[[Frame], Floats],
    of_one: Callable[[str], "Floats | float"],
    rows: int | None = None,
) -> Floats:
    found: Floats | None = None
    missing: Sequence[int] | NDArray[np.intp] = range(len(names))
    for frame in window.frames:
        place = window.columns(frame, names) if metric in frame.metrics else None
        if place is None:
            continue
        taken = place.taken(of_frame(frame))
        missing = place.missing if found is None else np.intersect1d(missing, place.missing)
        found = taken if found is None else np.where(np.isnan(found), taken, found)
    if found is None:
        found = np.full(len(names) if rows is None else (rows, len(names)), np.nan)
    if len(missing) and metric in window.loose_metrics:
        for i in missing:
            if (names[i], metric) in window.loose:
                found[..., i] = of_one(names[i])
    return found
