"""The prober's graph: what clients feel, as text for a terminal and as a picture."""

from collections.abc import Sequence

from poise.drills.events import Second
from poise.report.svg import Axis, curve, label, line
from poise.report.svg_style import STYLE

_BARS = " ▁▂▃▄▅▆▇█"
_COLUMNS = 60
_WIDTH, _HEIGHT, _LEFT, _RIGHT = 720, 300, 60, 700


def graph(seconds: Sequence[Second]) -> str:
    """The last ten minutes in at most 60 columns: success, p50 and p99, the newest at the right."""
    if not seconds:
        return "no figures yet\n"
    shown = seconds[-600:]
    step = max(1, -(-len(shown) // _COLUMNS))
    parts = [shown[i : i + step] for i in range(0, len(shown), step)]
    success = [_share(part, shown[i * step - 1] if i else None) for i, part in enumerate(parts)]
    least = min((s for s in success if s is not None), default=None)
    lines = [
        f"{shown[0].at:%H:%M:%S} to {shown[-1].at:%H:%M:%S} UTC, {step} s a column",
        f"success  |{_bars(success, 1.0)}| now {_percent(success[-1])}, least {_percent(least)}",
    ]
    for name, values in (
        ("p50 ms", [_middle([s.p50_ms for s in p]) for p in parts]),
        ("p99 ms", [_middle([s.p99_ms for s in p]) for p in parts]),
    ):
        highest = max((v for v in values if v is not None), default=1.0)
        now = values[-1]
        lines.append(f"{name:<9}|{_bars(values, highest)}| now {'?' if now is None else f'{now:.0f}'}, most {highest:.0f}")
    return "\n".join(lines) + "\n"


def picture(seconds: Sequence[Second]) -> str:
    """The same as SVG: success above, p50 and p99 below."""
    if len(seconds) < 2:
        return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 40"><text x="10" y="24">no figures yet</text></svg>\n'
    axis = Axis(seconds[0].at.timestamp(), seconds[-1].at.timestamp(), _LEFT, _RIGHT)
    slowest = max((s.p99_ms or 0.0 for s in seconds), default=0.0) or 1.0
    upper = [(axis.x(s.at.timestamp()), None if s.success is None else 130 - 100 * s.success) for s in seconds]
    body = [
        '<rect class="bg" width="720" height="300"/>',
        label(10, 22, "success of clients", "b"), line(_LEFT, 30, _RIGHT, 30, "g"), line(_LEFT, 130, _RIGHT, 130, "ax"),
        label(_LEFT - 6, 34, "100%", "q", "end"), label(_LEFT - 6, 134, "0%", "q", "end"), curve(upper, "l lblue"),
        label(10, 165, "p50 and p99 in ms", "b"), line(_LEFT, 270, _RIGHT, 270, "ax"), label(_LEFT - 6, 180, f"{slowest:.0f}", "q", "end"),
    ]  # fmt: skip
    for name, classes in (("p50_ms", "l lcool"), ("p99_ms", "l lhot")):
        values = [(axis.x(s.at.timestamp()), None if getattr(s, name) is None else 270 - 95 * getattr(s, name) / slowest) for s in seconds]
        body.append(curve(values, classes))
    body += [label(_LEFT, 292, f"{seconds[0].at:%H:%M:%S}", "q"), label(_RIGHT, 292, f"{seconds[-1].at:%H:%M:%S} UTC", "q", "end")]
    inner = "".join(body)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" class="pic"><style>{STYLE}</style>{inner}</svg>\n'


def _share(part: Sequence[Second], before: Second | None) -> float | None:
    first = before or part[0]
    requests = part[-1].requests - first.requests
    return None if requests <= 0 else 1 - (part[-1].failures - first.failures) / requests


def _middle(values: Sequence[float | None]) -> float | None:
    known = sorted(v for v in values if v is not None)
    return known[len(known) // 2] if known else None


def _bars(values: Sequence[float | None], highest: float) -> str:
    return "".join("?" if v is None else _BARS[min(8, max(0, round(8 * v / highest)))] for v in values)


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{value:.1%}"
