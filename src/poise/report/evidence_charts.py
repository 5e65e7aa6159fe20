"""Small pictures for a page of evidence: a figure around the onset with its healthy band, and shares against what is wanted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from poise.model.sample import Series
from poise.report.bars import percent
from poise.report.svg import Axis, box, curve, escape, fit, label, line, n

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560.0, 150.0, 64.0, 552.0, 16.0, 122.0
BAR = 22.0
POINTS = 240


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure of several components. `series` by name, the first is the one that moved most; `band` is what was usual before the
    onset (None where that is not known); instants in epoch seconds."""

    title: str
    series: Sequence[tuple[str, Series]]
    band: tuple[float, float] | None
    start: float
    end: float
    onset: float | None
    percent: bool = False


def chart_svg(chart: Chart) -> str:
    """The chart; what it shows is also said in words, for those who do not see it."""
    axis = Axis(chart.start, max(chart.end, chart.start + 1), LEFT, RIGHT)
    drawn = [(name, _thinned(series.between(chart.start, chart.end))) for name, series in chart.series]
    values = [float(v) for _, s in drawn for v in s.values] + list(chart.band or ())
    top = max((v for v in values if np.isfinite(v)), default=1.0) or 1.0

    def y(value: float) -> float:
        return BOTTOM - min(max(value / (1.08 * top), 0.0), 1.0) * (BOTTOM - TOP)

    parts = [box(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, "bg")]
    if chart.band is not None:
        low, high = y(chart.band[0]), y(chart.band[1])
        parts.append(box(LEFT, high, RIGHT - LEFT, max(low - high, 2.0), "ok", "usual before the onset"))
    for value in (0.0, top):
        parts += [line(LEFT, y(value), RIGHT, y(value), "g"), label(LEFT - 6, y(value) + 4, _figure(value, chart.percent), "q", "end")]
    for at in axis.ticks(5):
        parts.append(label(axis.x(at), HEIGHT - 10, f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}", "q", "middle"))
    for place, (_, series) in reversed(list(enumerate(drawn))):
        points = [(axis.x(float(t)), y(float(v))) for t, v in zip(series.seconds, series.values, strict=True)]
        parts.append(curve(points, "l lcool" if place else "l lhot"))
    if chart.onset is not None and chart.start <= chart.onset <= chart.end:
        x = axis.x(chart.onset)
        parts += [line(x, TOP - 6, x, BOTTOM, "on-set"), label(x, TOP - 4, "onset", "q", "middle")]
    told = said(chart)
    inner = "".join(parts)
    return f'<svg class="pic" viewBox="0 0 {n(WIDTH)} {n(HEIGHT)}" role="img" aria-label="{escape(told)}">{inner}</svg>'


def said(chart: Chart) -> str:
    """What the chart shows, in a sentence."""
    if not chart.series:
        return f"{chart.title}: nothing was measured"
    name, series = chart.series[0]
    since = chart.start if chart.onset is None else chart.onset
    after = series.between(since, chart.end).values
    if not len(after):
        return f"{chart.title}, {name}: nothing was measured since the onset"
    middle = _figure(float(np.median(after)), chart.percent)
    if chart.band is None:
        return f"{chart.title}, {name}: {middle} in the middle"
    usual = f"{_figure(chart.band[0], chart.percent)} to {_figure(chart.band[1], chart.percent)}"
    return f"{chart.title}, {name}: {middle} in the middle since the onset; usual before it: {usual}"


def bars_svg(rows: Sequence[tuple[str, float | None, float]]) -> str:
    """Share of each server: the bar is what it got, the mark what is wanted. `rows` hold name, share (None: not measured), wanted share."""
    left, right = 150.0, 470.0
    top = max(0.01, *(v for _, got, want in rows for v in (got or 0.0, want)))
    parts = []
    for place, (name, got, want) in enumerate(rows):
        y = 8 + place * BAR
        off = got is not None and abs(got - want) >= 0.05
        parts.append(label(left - 8, y + 13, fit(name, left - 12, 12), "t", "end"))
        if got is not None:
            parts.append(box(left, y + 2, (right - left) * got / top, 14, "fhot" if off else "fblue", f"{name}: {percent(got).strip()}"))
        x = left + (right - left) * want / top
        parts.append(line(x, y - 1, x, y + 19, "exp"))
        told = "not measured" if got is None else f"{percent(got).strip()}, wanted {percent(want).strip()}"
        parts.append(label(right + 8, y + 13, fit(told, 560 - right, 6.2), "q"))
    height = 16 + len(rows) * BAR
    told = "; ".join(
        f"{name} {'not measured' if got is None else percent(got).strip()}, wanted {percent(w).strip()}" for name, got, w in rows
    )
    return f'<svg class="pic" viewBox="0 0 620 {n(height)}" role="img" aria-label="{escape(told)}">{"".join(parts)}</svg>'


def _figure(value: float, ratio: bool) -> str:
    return percent(value).strip() if ratio else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _thinned(series: Series) -> Series:
    """At most POINTS samples, the largest of each span: a peak is what the reader looks for."""
    good = np.isfinite(series.values)
    seconds, values = series.seconds[good], series.values[good]
    if len(values) <= POINTS:
        return Series(seconds, values)
    edges = np.linspace(0, len(values), POINTS + 1).astype(int)[:-1]
    peaks: NDArray[np.float64] = np.maximum.reduceat(values, edges)
    return Series(seconds[edges], peaks)
