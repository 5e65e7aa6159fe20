"""A forecast's pictures: shares per server, how busy each case makes the servers, and what clients see at which rate."""

from collections.abc import Sequence

from poise.balance.room import keeps_up
from poise.model.forecast import ServerShare
from poise.model.what_if import CurvePoint, WhatIf
from poise.report.svg import box, curve, escape, fit, label, line, n

WIDTH, NAMES, RIGHT = 760.0, 230.0, 70.0
ROW, BAR = 22.0, 13.0
MOST_ROWS = 60


def _picture(name: str, height: float, title: str, body: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(WIDTH)} {n(height)}" width="{n(WIDTH)}" height="{n(height)}" '
        f'role="img" aria-labelledby="{escape(name)}"><title id="{escape(name)}">{escape(title)}</title>'
        f"{box(0, 0, WIDTH, height, 'bg', radius=0)}{''.join(body)}</svg>"
    )


def shares(servers: Sequence[ServerShare], name: str) -> str:
    """A bar for each server; a pool of very many shows those that get the most."""
    shown = sorted(servers, key=lambda s: -s.share)[:MOST_ROWS] if len(servers) > MOST_ROWS else servers
    most = max((s.share for s in shown), default=0.0) or 1.0
    body: list[str] = []
    for i, s in enumerate(shown):
        y = ROW * i + 4
        wide = (WIDTH - NAMES - RIGHT) * s.share / most
        words = f"{100 * s.share:.1f} %"
        body += [label(8, y + 11, fit(s.server, NAMES - 20, 12), "t"), box(NAMES, y, wide, BAR, "fblue", f"{s.server}: {words}")]
        body.append(label(NAMES + wide + 6, y + 11, words, "q"))
    return _picture(name, ROW * len(shown) + 8, "Share of the requests, by server", body)


def utilisations(cases: Sequence[WhatIf], name: str) -> str:
    """Before and after: for each case a dot for every server, the busiest as a bar, and the line beyond which none keeps up."""
    top = max(1.2, *(one.max_utilisation for one in cases)) if cases else 1.2
    scale = (WIDTH - NAMES - RIGHT) / top
    height = ROW * len(cases) + 34
    body: list[str] = []
    for i, one in enumerate(cases):
        y = ROW * i + 4
        words = f"{100 * one.max_utilisation:.0f} %"
        classes = "fhot" if not keeps_up(one.max_utilisation) else "famber" if one.breaks else "fblue" if one.kind != "now" else "fgrey"
        body += [
            label(8, y + 11, fit(one.case, NAMES - 20, 12), "t"),
            box(NAMES, y, one.max_utilisation * scale, BAR, classes, f"{one.case}: the busiest server {words}"),
            *(line(NAMES + s.utilisation * scale, y - 1, NAMES + s.utilisation * scale, y + BAR + 1, "ax") for s in one.servers[:200]),
            label(NAMES + one.max_utilisation * scale + 6, y + 11, words, "q"),
        ]
    x = NAMES + scale
    body += [line(x, 0, x, height - 18, "full"), label(x, height - 5, "all its time: beyond it cannot keep up", "q", "middle")]
    return _picture(name, height, "How busy the busiest server is, case by case; lines mark the others", body)


def curves(points: Sequence[CurvePoint], peak: float | None, name: str) -> str:
    """p99 and the failed part over the rate, one above the other, with the declared peak."""
    left, right, tall, gap = 66.0, WIDTH - 20.0, 120.0, 40.0
    low, high = (f(p.requests_per_second for p in points) for f in (min, max))
    low = min(low, peak) if peak else low
    body: list[str] = []

    def x(rate: float) -> float:
        return left + (rate - low) / ((high - low) or 1.0) * (right - left)

    panels = (
        ("p99, ms", [p.p99_ms for p in points], "lblue", f"{max(p.p99_ms for p in points):.0f}"),
        ("failed", [p.failed for p in points], "lhot", f"{100 * max(p.failed for p in points):.0f} %"),
    )
    for i, (title, values, classes, most) in enumerate(panels):
        top = 24 + i * (tall + gap)
        greatest = max(values) or 1.0
        drawn = [(x(p.requests_per_second), top + tall * (1 - value / greatest)) for p, value in zip(points, values, strict=True)]
        body += [label(left, top - 8, title, "b"), line(left, top, left, top + tall, "ax"), line(left, top + tall, right, top + tall, "ax")]
        body += [label(left - 6, top + 10, most, "q", "end"), label(left - 6, top + tall, "0", "q", "end"), curve(drawn, f"l {classes}")]
        if peak and low <= peak <= high:
            body.append(line(x(peak), top, x(peak), top + tall, "exp"))
    bottom = 24 + 2 * tall + gap
    for i in range(6):
        rate = low + (high - low) * i / 5
        body.append(label(x(rate), bottom + 16, f"{rate:.3g}", "q", "middle" if i < 5 else "end"))
    if peak and low <= peak <= high:
        body.append(label(x(peak) + 4, 34, f"declared peak {peak:.4g}", "q"))
    body.append(label((left + right) / 2, bottom + 34, "requests/s", "q", "middle"))
    return _picture(name, bottom + 42, "p99 and failed requests over the rate", body)
