"""The measured panels: share per server against the expected share, errors, and p99, all on the shared time axis."""

from collections.abc import Callable, Iterable, Sequence

from poise.incidents.figures import percent
from poise.model.needs import Objectives
from poise.report.svg import Axis, box, curve, fit, label, line, width_of
from poise.report.svg_series import Picture, Values


def share_panel(axis: Axis, top: float, height: float, p: Picture) -> list[str]:
    """0 to 100 %; the server furthest from its share thick and filled, the others thin; every line named where it is."""
    floor = top + height

    highest = max((v for values in (*p.shares.values(), tuple(p.expected.values())) for v in values if v is not None), default=1.0)
    limit = next((step for step in (0.25, 0.5) if highest <= 0.9 * step), 1.0)

    def y(share: float) -> float:
        return floor - share / limit * height

    ticks = [(y(limit * s), percent(limit * s)) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = _frame(axis, top, height, "Share of requests per server", ticks, p, p.shares.values())
    over = p.hot is not None and p.mean_shares.get(p.hot, 0.0) >= p.expected.get(p.hot, 0.0)
    for share in sorted({round(s, 4) for s in p.expected.values()}):
        parts.append(line(axis.left, y(share), axis.right, y(share), "exp"))
    if p.hot is not None:
        points = _points(axis, p, p.shares[p.hot], y)
        parts += [curve(points, "ahot" if over else "ablue", floor), curve(points, f"l {'lhot' if over else 'lblue'}")]
    parts += [curve(_points(axis, p, values, y), "l lcool") for server, values in p.shares.items() if server != p.hot]
    return parts + _share_labels(axis, top, y, p, over)


def _share_labels(axis: Axis, top: float, y: Callable[[float], float], p: Picture, over: bool) -> list[str]:
    """Names and means over the harm: the hot server's in the plot, the others' and the expected share's at the right edge."""
    wanted: list[tuple[float, str]] = []
    for share in sorted({round(s, 4) for s in p.expected.values()}):
        word = "expected" if p.declared else "even split"
        wanted.append((y(share) + 4, f"{word} {percent(share)}"))
    parts: list[str] = []
    middle = (axis.x(p.during[0]) + axis.x(p.during[1])) / 2
    if p.hot is not None:
        share = p.mean_shares[p.hot]
        at = max(y(share) + (22 if share > 0.5 else -10), top + 18) if over else top + 20
        text = f"{p.hot}: {percent(share)} of the requests"
        half = width_of(text, 15) / 2
        middle_hot = min(max(middle, axis.left + half + 4), axis.right - half - 4)
        parts.append(label(middle_hot, at, fit(text, axis.right - axis.left, 15), f"halo {'bh' if over else 'bl'}", "middle"))
    others = {s: share for s, share in p.mean_shares.items() if s != p.hot}
    if others:
        low, high = min(others.values()), max(others.values())
        names = ", ".join(others) if len(others) <= 4 else f"{len(others)} others"
        figure = f"{percent(low)} each" if percent(low) == percent(high) else f"{percent(low)} to {percent(high)}"
        text = f"{names}: {figure}"
        half = width_of(text, 12.5) / 2
        at = y(high) - 7 if over or p.hot is None else top + 40
        parts.append(label(min(max(middle, axis.left + half + 4), axis.right - half - 4), at, text, "halo b coolx", "middle"))
    return parts + [_edge(axis, place, text) for place, text in _apart(wanted, 15)]


def error_panel(axis: Axis, top: float, height: float, p: Picture, declared: Objectives) -> list[str]:
    """Share of the client's requests that failed, filled; dashed what the availability objective allows."""
    peak = max((v for v in p.errors if v is not None), default=0.0)
    limit = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if peak <= step or step == 1.0)
    floor = top + height

    def y(share: float) -> float:
        return floor - min(share / limit, 1.0) * height

    parts = _frame(axis, top, height, "Errors at the client", [(y(0), "0 %"), (y(limit), percent(limit))], p, [p.errors])
    points = _points(axis, p, p.errors, y)
    parts += [curve(points, "ahot", floor), curve(points, "l lhot")]
    if declared.availability is not None:
        allowed = 1 - declared.availability
        parts += [line(axis.left, y(allowed), axis.right, y(allowed), "obj")]
        parts.append(_edge(axis, y(allowed) + 4, f"objective {percent(round(allowed, 6))}"))
    return parts + _peak_label(axis, p, p.errors, y, "" if peak < 1e-6 else f"up to {percent(peak)}", top)


def latency_panel(axis: Axis, top: float, height: float, p: Picture, declared: Objectives) -> list[str]:
    """p99 in milliseconds, the highest of each point; dashed the objective."""
    peak = max((v for v in p.p99 if v is not None), default=0.0)
    objective = declared.latency_p99_ms
    limit = nice(max(peak, (objective or 0.0) * 1.15, 1.0))
    floor = top + height

    def y(ms: float) -> float:
        return floor - min(max(ms, 0.0) / limit, 1.0) * height

    parts = _frame(axis, top, height, "p99 at the client, ms", [(y(0), "0"), (y(limit), f"{limit:,.0f}")], p, [p.p99])
    parts.append(curve(_points(axis, p, p.p99, y), "l lhot"))
    if objective is not None:
        parts += [line(axis.left, y(objective), axis.right, y(objective), "obj")]
        parts.append(_edge(axis, y(objective) + 4, f"objective {objective:,.0f} ms"))
    return parts + _peak_label(axis, p, p.p99, y, f"up to {peak:,.0f} ms" if peak else "", top)


def nice(value: float) -> float:
    """The next round number at or above the value."""
    magnitude = 10.0 ** (len(str(int(value))) - 1)
    return next(step * magnitude for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if value <= step * magnitude)


def _frame(
    axis: Axis, top: float, height: float, title: str, ticks: Sequence[tuple[float, str]], p: Picture, rows: Iterable[Values]
) -> list[str]:
    """Title, the harm's wash, and horizontal lines with their figures."""
    parts = [label(axis.left, top - 7, title, "k")]
    parts.append(box(axis.x(p.during[0]), top, axis.x(p.during[1]) - axis.x(p.during[0]), height, "wash", radius=0))
    for y, text in ticks:
        parts += [line(axis.left, y, axis.right, y, "g"), label(axis.left - 6, y + 4, text, "q", "end")]
    if not any(v is not None for values in rows for v in values):
        parts.append(label((axis.left + axis.right) / 2, top + height / 2 + 4, "not measured", "q", "middle"))
    return parts


def _points(axis: Axis, p: Picture, values: Values, y: Callable[[float], float]) -> list[tuple[float, float | None]]:
    return [(axis.x(t), None if v is None else y(v)) for t, v in zip(p.at, values, strict=True)]


def _peak_label(axis: Axis, p: Picture, values: Values, y: Callable[[float], float], text: str, top: float) -> list[str]:
    """The peak's figure inside the plot, in the middle of the harm."""
    known = [v for v in values if v is not None]
    if not known or not text:
        return []
    half = width_of(text, 12.5) / 2
    x = min(max((axis.x(p.during[0]) + axis.x(p.during[1])) / 2, axis.left + half + 4), axis.right - half - 4)
    return [label(x, max(y(max(known)) + 18, top + 16), text, "halo b hotx", "middle")]


def _edge(axis: Axis, y: float, text: str) -> str:
    """What a dashed line means: right of the plot, or above the line's end where there is no room."""
    if axis.narrow:
        return label(axis.right - 2, y - 9, text, "halo q", "end")
    return label(axis.right + 8, y, fit(text, 140, 12), "q")


def _apart(labels: list[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """The labels from the lowest up, pushed apart so that none covers another."""
    placed: list[tuple[float, str]] = []
    for y, text in sorted(labels, reverse=True):
        placed.append((min(y, placed[-1][0] - gap) if placed else y, text))
    return placed
