"""The incident page's picture: where the time went, who got which share, what clients felt, what was believed and who was there, on one
time axis."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poise.incidents.durations import words
from poise.incidents.figures import evidence_words, percent
from poise.incidents.segments import SEGMENT_WORDS, Segment, SegmentKind, segments
from poise.model.incident import BoardHypothesis, Check, Incident
from poise.model.instants import clock
from poise.model.needs import Objectives
from poise.model.response import Team
from poise.model.sample import Window
from poise.report import svg_lanes
from poise.report.svg import Axis, box, escape, fit, label, line, n, width_of
from poise.report.svg_balance import description, time_axis
from poise.report.svg_panels import error_panel, latency_panel
from poise.report.svg_series import Picture, picture

COLOURS: dict[SegmentKind, str] = {
    "undetected": "famber",
    "unacknowledged": "famber",
    "searching": "fgrey",
    "wrong_track": "wrong",
    "right_track": "fblue",
    "recovering": "fgreen",
}
# Neighbours in a stack differ in lightness too, so that they are told apart without colour.
STACK = ("s0", "s1", "s2", "s3", "s4", "s5")
SHARES_HIGH, CURVE_HIGH, LANE = 170.0, 66.0, 24.0


def incident_svg(incident: Incident, window: Window, width: float, name: str, now: datetime | None = None) -> str:
    """An SVG of that width in pixels. Its texts are escaped; each shape says on hover what it is. The page's style colours it."""
    p = picture(incident, window)
    narrow = width < 640
    axis = Axis(p.start, p.end, 52.0 if narrow else 66.0, width - (12.0 if narrow else 150.0), narrow)
    declared = next((d.objectives for d in window.needs.pool.values() if d.objectives != Objectives()), Objectives())
    body = strip(axis, 34, segments(incident, now))
    body += [label(x, 26, letter, "k", "middle") for letter, x in _letters(axis, incident)]
    top = bottom = 84.0
    measured = any(v is not None for row in (*p.shares.values(), p.errors, p.p99) for v in row)
    if measured:
        body += stacked(axis, top, p)
        bottom = top + SHARES_HIGH
        for panel in (error_panel, latency_panel):
            body += panel(axis, bottom + 38, CURVE_HIGH, p, declared)
            bottom += 38 + CURVE_HIGH
    lanes_at = len(body)
    shapes, height = svg_lanes.events(axis, bottom + 38, incident, p.end)
    body += shapes
    bottom += 38 + height
    shapes, height = board(axis, bottom + 34, incident.hypotheses, p.end)
    body += shapes
    bottom += 34 + height
    shapes, height = teams(axis, bottom + 34, incident.teams, p.end)
    body += shapes
    bottom += 34 + height
    parts = time_axis(axis, top, bottom + 4, narrow)
    parts += [*body[:lanes_at], *svg_lanes.marks(axis, 58, bottom + 4, incident), *body[lanes_at:]]
    total = bottom + 42
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(width)} {n(total)}" width="{n(width)}" height="{n(total)}" '
        f'role="img" aria-labelledby="{escape(name)}-title {escape(name)}-text">'
        f'<title id="{escape(name)}-title">{escape(incident.title or "An incident without a title")}</title>'
        f'<desc id="{escape(name)}-text">{escape(description(incident, p))}</desc>{box(0, 0, width, total, "bg", radius=0)}'
        f"{''.join(parts)}</svg>"
    )


def bar(incident: Incident, width: float, name: str, now: datetime | None = None) -> str:
    """The segment bar alone, as small multiples have it: the incident fills the width."""
    parts = segments(incident, now)
    told = spent_words(parts) or "when it began is not known"
    inner = ""
    if parts:
        axis = Axis(parts[0].start.timestamp(), max(parts[-1].end.timestamp(), parts[0].start.timestamp() + 1), 0.0, width)
        inner = "".join(strip(axis, 0, parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(width)} 22" width="{n(width)}" height="22" role="img" '
        f'aria-labelledby="{escape(name)}"><title id="{escape(name)}">{escape(told)}</title>{box(0, 0, width, 22, "fsoft", radius=0)}'
        f"{inner}</svg>"
    )


def spent_words(parts: Sequence[Segment]) -> str:
    """undetected 2 min, wrong track 3 h 30 min, …: what each kind took together."""
    spent: dict[SegmentKind, timedelta] = {}
    for part in parts:
        spent[part.kind] = spent.get(part.kind, timedelta()) + (part.end - part.start)
    return ", ".join(f"{SEGMENT_WORDS[kind]} {words(span)}" for kind, span in spent.items() if span > timedelta())


def strip(axis: Axis, top: float, parts: Sequence[Segment]) -> list[str]:
    """The segments with their minutes inside where they fit."""
    shapes: list[str] = []
    for part in parts:
        x1, x2 = axis.x(part.start.timestamp()), axis.x(part.end.timestamp())
        spent = words(part.end - part.start)
        told = f"{SEGMENT_WORDS[part.kind]} {spent}"
        shapes.append(box(x1, top, x2 - x1, 22, COLOURS[part.kind], told, radius=0))
        if part.kind == "wrong_track":
            shapes += svg_lanes.hatch(x1, x2, top, 22, "hatchw")
        fits = next((text for text in (told, spent) if width_of(text, 12.5) + 8 <= x2 - x1), None)
        if fits is not None:
            shapes.append(label((x1 + x2) / 2, top + 15.5, fits, "b on", "middle"))
    return shapes


def stacked(axis: Axis, top: float, p: Picture) -> list[str]:
    """Shares of the servers on top of each other, the one furthest from its share at the bottom; dashed what it should get."""
    floor = top + SHARES_HIGH
    parts = [label(axis.left, top - 7, "Share of requests per server, stacked", "k")]
    for share in (0.0, 0.5, 1.0):
        y = floor - share * SHARES_HIGH
        parts += [line(axis.left, y, axis.right, y, "g"), label(axis.left - 6, y + 4, percent(share), "q", "end")]
    servers = sorted(p.shares, key=lambda s: (s != p.hot, list(p.shares).index(s)))
    below = [0.0] * len(p.at)
    for place, server in enumerate(servers):
        above = [low + (v or 0.0) for low, v in zip(below, p.shares[server], strict=True)]
        classes = "fhot" if server == p.hot else STACK[place % len(STACK)]
        told = f"{server}: {percent(p.mean_shares[server])} while it lasted" if server in p.mean_shares else server
        parts += [_area(axis, p, server, below, above, floor, classes, told)]
        below = above
    if p.hot is not None:
        fair = p.expected.get(p.hot, 0.0)
        y = floor - fair * SHARES_HIGH
        parts.append(line(axis.left, y, axis.right, y, "exp"))
        said = f"{'expected' if p.declared else 'even split'} {percent(fair)}"
        parts.append(label(axis.right - 2, y - 5, said, "halo q", "end") if axis.narrow else label(axis.right + 8, y + 4, said, "q"))
        text = f"{p.hot}: {percent(p.mean_shares[p.hot])} of the requests"
        parts.append(label((axis.left + axis.right) / 2, floor - 10, fit(text, axis.right - axis.left, 15), "halo bh", "middle"))
    return parts


def board(axis: Axis, top: float, hypotheses: Sequence[BoardHypothesis], end: float) -> tuple[list[str], float]:
    """The hypotheses' lanes, with a tick for each check (+ for, − against) and a hollow ring where it could have been ruled out."""
    parts, height = svg_lanes.hypotheses(axis, top, hypotheses, end)
    step = LANE + (15 if axis.narrow else 0)
    for row, h in enumerate(hypotheses):
        y = top + row * step + (15 if axis.narrow else 0)
        for check in h.checks:
            x = axis.x(check.at.timestamp())
            parts.append(f"<g><title>{escape(_check_words(check))}</title>{label(x, y + 14, _sign(check), 'k halo', 'middle')}</g>")
        if h.could_rule_out is not None:
            x = axis.x(h.could_rule_out.at.timestamp())
            told = f"could have been ruled out here: {_check_words(h.could_rule_out)}"
            parts.append(f'<circle cx="{n(x)}" cy="{n(y + 9)}" r="6" class="could"><title>{escape(told)}</title></circle>')
    return parts, height


def teams(axis: Axis, top: float, engaged: Sequence[Team], end: float) -> tuple[list[str], float]:
    """A bar for each team from when it was engaged until it was released."""
    parts = [label(axis.left, top - 7, "Teams", "k")]
    y = top
    for team in engaged:
        x1 = axis.x(team.engaged.timestamp())
        x2 = max(axis.x(end if team.released is None else team.released.timestamp()), x1 + 4)
        said = f"{team.name}{f' ({team.layer})' if team.layer else ''}, from {clock(team.engaged)}"
        parts.append(box(x1, y, x2 - x1, LANE - 6, "s2", said))
        parts.append(label(min(x1 + 6, axis.right - 60), y + 13, fit(said, max(axis.right - x1 - 12, 60), 12), "t halo"))
        y += LANE
    if not engaged:
        parts.append(label(axis.left, y + 10, "none in the log", "q"))
        y += 20
    return parts, y - top


def _area(axis: Axis, p: Picture, server: str, below: list[float], above: list[float], floor: float, classes: str, told: str) -> str:
    """The server's band; a hole where nothing was measured."""
    runs: list[list[int]] = [[]]
    for i, value in enumerate(p.shares[server]):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(i)
    path = ""
    for run in runs:
        if len(run) > 1:
            up = [f"{n(axis.x(p.at[i]))} {n(floor - min(above[i], 1.0) * SHARES_HIGH)}" for i in run]
            down = [f"{n(axis.x(p.at[i]))} {n(floor - min(below[i], 1.0) * SHARES_HIGH)}" for i in reversed(run)]
            path += f"M{'L'.join(up + down)}Z"
    return f'<path d="{path}" class="{classes}"><title>{escape(told)}</title></path>' if path else ""


def _letters(axis: Axis, incident: Incident) -> list[tuple[str, float]]:
    """The milestones' letters above the strip, pushed apart so that none covers another."""
    placed: list[tuple[str, float]] = []
    for letter, _, at in sorted(svg_lanes.known_times(incident), key=lambda k: k[2]):
        x = axis.x(at.timestamp())
        placed.append((letter, max(x, placed[-1][1] + 13) if placed else x))
    return placed


def _sign(check: Check) -> str:
    return "+" if sum(e.bits for e in check.evidence) > 0 else "−"


def _check_words(check: Check) -> str:
    said = "; ".join(evidence_words(e) for e in check.evidence[:3]) or "checked"
    return f"{said}, {clock(check.at)} by {check.by or 'nobody named'}"
