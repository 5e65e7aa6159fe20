"""`poise history` for a person: a small chart of each figure, or all of one instant as a table. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from poise.model.component_label import component_label
from poise.model.past import Course, Floats, Past
from poise.report.bars import sparkline
from poise.report.printable import one_line

CELLS = 60
# Without a pool that was asked for: the busiest tell most.
MOST_POOLS, MOST_LINES, MOST_EVENTS = 8, 24, 20
MEGABYTE = 1e6
HEADS = {
    "share_ratio": "share",
    "requests_per_second": "req/s",
    "responses_5xx_per_second": "5xx/s",
    "up": "up",
    "weight": "weight",
    "in_flight": "in flight",
    "queue": "queue",
    "response_ms": "resp. ms",
}
ROWS = {"raw": "rows as they came", "minute": "rows of a minute", "hour": "rows of an hour"}


def history_text(past: Past) -> str:
    """All of it; every name is made safe."""
    when = f"at {_when(past.at)}" if past.at is not None else f"from {_when(past.start)} to {_when(past.end)}"
    lines = [f"{past.load_balancer} ({', '.join(past.files)}) {when}, {ROWS[past.tier]}"]
    lines += _instant(past) if past.at is not None else _charts(past)
    events = past.events[-MOST_EVENTS:]
    if events:
        earlier = len(past.events) - len(events)
        lines += ["", "Changes and alerts" + (f" ({earlier} earlier ones are in --format json)" if earlier else "")]
        lines += [f"  {event.at.astimezone(UTC):%m-%d %H:%M:%S}  {event.kind}: {event.text}" for event in events]
    lines += ["", "Kept: " + "; ".join(f"{ROWS[e.tier]} since {_when(e.first)} ({e.size_bytes / MEGABYTE:.1f} MB)" for e in past.kept)]
    cut = {extent.cut_by_bytes: None for extent in past.kept if extent.cut_by_bytes is not None}
    lines += [
        f"  {' and '.join(ROWS[e.tier] for e in past.kept if e.cut_by_bytes == most)} reach back no farther because "
        f"most_megabytes = {most / MEGABYTE:g} is reached, not because they are too old: a larger one in [watch.history] of poise.toml "
        "keeps them longer"
        for most in cut
    ]
    lines += [f"Could not: {each.what}: {each.reason}" for each in past.could_not]
    return "\n".join(map(one_line, lines)) + "\n"


def _charts(past: Past) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Course]] = {}
    for course in past.courses:
        pool = course.component.rpartition("/")[0] if course.kind == "server" else ""
        groups.setdefault((f"pool {pool}" if pool else course.kind, course.metric), []).append(course)
    shown = list(groups.items())[:MOST_POOLS]
    for (name, metric), courses in shown:
        cells = [_cells(course, past.start, past.end) for course in courses]
        top = 1.0 if metric.endswith("_ratio") else max((float(np.nanmax(each)) for each in cells if not np.isnan(each).all()), default=1.0)
        yield from ("", f"{name}: {metric}, 0 to {_figure(metric, top)}, then its mean, least and most")
        width = max(len(one_line(_short(course))) for course in courses[:MOST_LINES])
        for course, each in list(zip(courses, cells, strict=True))[:MOST_LINES]:
            known = course.values[~np.isnan(course.values)]
            chart = sparkline([None if np.isnan(v) else float(v) for v in each], top)
            figures = (known.mean(), np.nanmin(course.least), np.nanmax(course.most)) if len(known) else ()
            yield f"  {one_line(_short(course)):<{width}} {chart} " + " ".join(f"{_figure(metric, f):>8}" for f in figures)
        if len(courses) > MOST_LINES:
            yield f"  and {len(courses) - MOST_LINES} more: --server NAME shows one, --format json all"
    if len(groups) > len(shown):
        yield from ("", f"and {len(groups) - len(shown)} pools more: --pool NAME shows one, --format json all")


def _instant(past: Past) -> Iterator[str]:
    figures: dict[tuple[str, str], dict[str, float]] = {}
    for course in past.courses:
        row = figures.setdefault((course.kind, course.component), {})
        if len(course.values):
            row[course.metric] = float(course.values[-1])
    metrics = list(dict.fromkeys(course.metric for course in past.courses))
    order = sorted(figures.items(), key=lambda each: (each[0][0] != "pool", each[0][0]))
    rows = [
        [component_label(kind, name), *(_figure(m, row[m]) if m in row else "–" for m in metrics)] for (kind, name), row in order if row
    ]
    yield from ("", *_table(["", *(HEADS.get(metric, metric) for metric in metrics)], rows[: MOST_LINES * 2]))
    if len(rows) > MOST_LINES * 2:
        yield f"and {len(rows) - MOST_LINES * 2} more: --pool NAME shows those of one pool, --format json all"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(one_line(row[i])) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        first, *others = map(one_line, row)
        yield "  ".join([first.ljust(widths[0]), *(each.rjust(width) for each, width in zip(others, widths[1:], strict=True))]).rstrip()


def _cells(course: Course, start: float, end: float) -> Floats:
    """The mean of each cell's rows; a cell between two rows that are no farther apart than usual shows the row before."""
    known = ~np.isnan(course.values)
    if not known.any() or end <= start:
        return np.full(CELLS, np.nan)
    seconds, values = course.seconds[known], course.values[known]
    place = np.clip(((seconds - start) / (end - start) * CELLS).astype(int), 0, CELLS - 1)
    sums, counts = np.bincount(place, values, CELLS), np.bincount(place, minlength=CELLS)
    found = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    usual = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0
    reach = int(2 * usual / (end - start) * CELLS)
    filled = np.flatnonzero(counts)
    for cell in np.flatnonzero(counts == 0).tolist():
        before = int(filled.searchsorted(cell)) - 1
        if before >= 0 and cell - filled[before] <= reach:
            found[cell] = found[filled[before]]
    return found


def _short(course: Course) -> str:
    return course.component.rpartition("/")[2] if course.kind == "server" else course.component


def _figure(metric: str, value: float) -> str:
    if metric.endswith("_ratio"):
        return f"{value:.1%}"
    return f"{value:.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.3g}"


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
