"""The incident in one picture: who got which share, what clients felt, what was believed, and when, on one time axis."""

from datetime import UTC, datetime

from poise.incidents.figures import percent
from poise.model.incident import Incident
from poise.model.needs import Objectives
from poise.model.sample import Window
from poise.report import svg_lanes
from poise.report.svg import Axis, box, escape, fit, label, line, n, width_of
from poise.report.svg_panels import error_panel, latency_panel, share_panel
from poise.report.svg_series import Picture, picture
from poise.report.svg_style import STYLE

WIDE = 1000.0
NARROW = 390.0


def svg(incident: Incident, window: Window, width: float = WIDE, standalone: bool = True, name: str = "picture") -> str:
    """An SVG of that width in pixels; its height follows from what there is to show.

    `standalone` brings its own style, for a README or a slide; inside the page the page's style serves. `name` makes its ids unique.
    """
    p = picture(incident, window)
    narrow = width < 640
    axis = Axis(p.start, p.end, 52.0 if narrow else 66.0, width - (12.0 if narrow else 150.0), narrow)
    declared = next((d.objectives for d in window.needs.pool.values() if d.objectives != Objectives()), Objectives())
    parts, y = _header(incident, p, width, narrow)
    parts += svg_lanes.milestones(axis, y, incident)
    y += 46
    legend, used = _legend(incident, axis, y + 14, width - 16 - axis.left)
    parts += legend
    top = y + used + 40
    body = share_panel(axis, top, 190, p)
    bottom = top + 190
    for panel in (error_panel, latency_panel):
        body += panel(axis, bottom + 38, 74, p, declared)
        bottom += 38 + 74
    lanes_at = len(body)
    shapes, height = svg_lanes.events(axis, bottom + 38, incident, p.end)
    body += shapes
    bottom += 38 + height
    shapes, height = svg_lanes.hypotheses(axis, bottom + 34, incident.hypotheses, p.end)
    body += shapes
    bottom += 34 + height
    parts += time_axis(axis, top, bottom + 4, narrow)
    parts += svg_lanes.marks(axis, y + 2, y + 3, incident)
    # The milestones' lines lie over the panels and under the lanes, whose words they would cross out.
    parts += [*body[:lanes_at], *svg_lanes.marks(axis, top, bottom + 4, incident), *body[lanes_at:]]
    total = bottom + 42
    style = f"<style>{STYLE}</style>" if standalone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(width)} {n(total)}" width="{n(width)}" height="{n(total)}" '
        f'role="img" aria-labelledby="{escape(name)}-title {escape(name)}-text">'
        f'<title id="{escape(name)}-title">{escape(headline(p, incident.title))}</title>'
        f'<desc id="{escape(name)}-text">{escape(description(incident, p))}</desc>{style}{box(0, 0, width, total, "bg", radius=0)}'
        f"{''.join(parts)}</svg>"
    )


def headline(p: Picture, title: str = "") -> str:
    """What the picture says, in one line; the incident's title where nothing was measured."""
    if p.hot is not None:
        expected = "expected" if p.declared else "an even split gives"
        return f"{p.hot} got {percent(p.mean_shares[p.hot])} of the requests, {expected} {percent(p.expected.get(p.hot, 0.0))}"
    worst = max((v for v in p.errors if v is not None), default=None)
    slowest = max((v for v in p.p99 if v is not None), default=None)
    if worst is None and slowest is None and not p.mean_shares and title:
        return title
    shares = "Every server got about its share" if p.mean_shares else "Shares were not measured"
    felt = [] if not worst else [f"errors reached {percent(worst)}"]
    felt += [] if slowest is None else [f"p99 reached {slowest:,.0f} ms"]
    return f"{shares}; {' and '.join(felt)}" if felt else shares


def description(incident: Incident, p: Picture) -> str:
    """The picture in words, for those who do not see it."""
    shares = ", ".join(f"{s} {percent(v)}" for s, v in p.mean_shares.items())
    times = ", ".join(f"{text} {_clock(at.timestamp(), True)}" for _, text, at in svg_lanes.known_times(incident))
    board = ", ".join(f"{h.statement}: {h.state.replace('_', ' ')}" for h in incident.hypotheses)
    return f"Shares during the impact: {shares or 'not measured'}. Times in UTC: {times or 'not known'}. Hypotheses: {board or 'none'}."


def _header(incident: Incident, p: Picture, width: float, narrow: bool) -> tuple[list[str], float]:
    """Headline (two lines where it is narrow), title and day. Returns the shapes and where the next part begins."""
    x, room = (12.0, width - 24.0) if narrow else (20.0, width - 40.0)
    size, classes = (17, "hn") if narrow else (21, "h")
    day = datetime.fromtimestamp(p.start, UTC).strftime("%-d %B %Y")
    pool = f" · pool {p.pool}" if p.pool and p.pool not in incident.title else ""
    lines = _wrapped(headline(p, incident.title), room, size)
    parts = [label(x, 32 + i * (size + 4), text, classes) for i, text in enumerate(lines)]
    y = 32 + (len(lines) - 1) * (size + 4) + 21
    under = [f"{incident.title}{pool}", f"{day}, times in UTC"] if narrow else [f"{incident.title}{pool} · {day}, times in UTC"]
    parts += [label(x, y + i * 17, fit(text, room, 13), "s") for i, text in enumerate(under)]
    return parts, y + (len(under) - 1) * 17 + 20


def _wrapped(text: str, room: float, size: float) -> list[str]:
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > room and len(lines) < 3:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fit(line_, room, size) for line_ in lines]


def _legend(incident: Incident, axis: Axis, y: float, room: float) -> tuple[list[str], float]:
    """What the letters mean, with their instants, in as many lines as it takes. Returns the shapes and the height."""
    parts: list[str] = []
    x, row = axis.left, 0.0
    seconds = axis.end - axis.start < 1800
    for letter, text, at in svg_lanes.known_times(incident):
        words = f"{text} {_clock(at.timestamp(), seconds)}"
        wide = 16 + width_of(words, 12) + 12
        if x > axis.left and x + wide > axis.left + room:
            x, row = axis.left, row + 17
        parts += [label(x, y + row, letter, "k"), label(x + 16, y + row, words, "q")]
        x += wide
    return parts, row + 14 if parts else 0.0


def time_axis(axis: Axis, top: float, bottom: float, narrow: bool) -> list[str]:
    """Vertical lines at round instants, their clock times below."""
    ticks = axis.ticks(5 if narrow else 11)
    seconds = len(ticks) > 1 and ticks[1] - ticks[0] < 60
    parts = [line(axis.left, bottom, axis.right, bottom, "ax")]
    for t in ticks:
        x = axis.x(t)
        parts += [
            line(x, top, x, bottom, "g"),
            label(min(x, axis.right - (16 if narrow else 0)), bottom + 17, _clock(t, seconds), "q", "middle"),
        ]
    parts.append(label(axis.right, bottom + 34, "UTC", "q", "end"))
    return parts


def _clock(seconds: float, with_seconds: bool) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S" if with_seconds else "%H:%M")
