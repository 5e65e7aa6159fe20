"""The told lanes: milestones with what passed between them, alerts and changes, and one lane per hypothesis."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.incidents.durations import durations, words, wrong_intervals
from poise.model.incident import BoardHypothesis, Entry, Incident, TimeName
from poise.model.instants import clock
from poise.report.svg import Axis, box, diamond, escape, fit, label, line, n, width_of

LETTERS: tuple[tuple[TimeName, str, str], ...] = (
    ("impact_started", "S", "impact starts"),
    ("detected", "D", "detected"),
    ("acknowledged", "A", "acknowledged"),
    ("cause_found", "H", "cause found"),
    ("mitigated", "M", "impact stops"),
    ("resolved", "R", "resolved"),
)
# What the time before each milestone was spent on, and its colour.
SPENT: dict[TimeName, tuple[str, str]] = {
    "detected": ("not detected", "famber"),
    "acknowledged": ("not acknowledged", "famber"),
    "cause_found": ("looking for the cause", "fgrey"),
    "mitigated": ("repairing", "fblue"),
    "resolved": ("recovering", "fgreen"),
}
LANE = 24.0


def known_times(incident: Incident) -> list[tuple[str, str, datetime]]:
    """Letter, words and instant of the milestones that are known, in their usual order."""
    return [(letter, text, incident.times[name].at) for name, letter, text in LETTERS if name in incident.times]


def milestones(axis: Axis, top: float, incident: Incident) -> list[str]:
    """Ticks with their letters, and between them coloured segments with their lengths written inside where they fit."""
    parts: list[str] = []
    start = durations(incident).start
    reached = None if start is None else start
    bar = top + 20
    for name, (usual, usual_colour) in SPENT.items():
        text, colour = usual, usual_colour
        time = incident.times.get(name)
        if time is None or reached is None or time.at <= reached:
            continue
        if name == "mitigated" and "cause_found" not in incident.times:
            text, colour = "until it stopped", "fgrey"
        parts += _segment(axis, bar, reached, time.at, text, colour)
        reached = time.at
    for low, high in wrong_intervals(incident):
        parts += _segment(axis, bar, low, high, "on wrong hypotheses", "wrong")
    taken = axis.left - 100
    for letter, text, at in sorted(known_times(incident), key=lambda k: k[2]):
        x = axis.x(at.timestamp())
        place = max(x, taken + 15)
        taken = place
        parts.append(f'<path d="M{n(place)} {n(top + 13)}L{n(x)} {n(bar)}V{n(bar + 22)}" class="ax l"/>')
        parts.append(f"<g><title>{escape(f'{text} {clock(at)}')}</title>{label(place, top + 10, letter, 'k', 'middle')}</g>")
    return parts


def marks(axis: Axis, top: float, bottom: float, incident: Incident) -> list[str]:
    """The milestones as faint lines through all panels."""
    return [line(axis.x(at.timestamp()), top, axis.x(at.timestamp()), bottom, "mk") for _, _, at in known_times(incident)]


def events(axis: Axis, top: float, incident: Incident, end: float) -> tuple[list[str], float]:
    """One row per alert (at most four, the first ones) as a bar, one row of changes as diamonds. Returns the shapes and the height."""
    parts = [label(axis.left, top - 7, "Alerts and changes", "k")]
    y = top
    alerts = [e for e in incident.timeline if e.kind == "alert"]
    for alert in alerts[:4]:
        finish = end if alert.until is None else alert.until.timestamp()
        x1, x2 = axis.x(alert.at.timestamp()), axis.x(finish)
        x2 = max(x2, x1 + 4)
        if axis.narrow:
            parts.append(label(axis.left, y + 10, fit(alert.text, axis.right - axis.left, 12), "t"))
            y += 15
        parts.append(box(x1, y, x2 - x1, LANE - 6, "famber", f"{alert.text}, {clock(alert.at)}"))
        parts += [] if axis.narrow else _lane_label(axis, x1, x2, y, alert.text, "t on")
        y += LANE
    if len(alerts) > 4:
        parts.append(label(axis.left, y + 10, f"and {len(alerts) - 4} more alerts", "q"))
        y += 18
    shapes, height = _changes(axis, y, [e for e in incident.timeline if e.kind == "change"])
    parts += shapes
    y += height
    if not alerts and not shapes:
        parts.append(label(axis.left, y + 10, "none in the log", "q"))
        y += 20
    return parts, y - top


def hypotheses(axis: Axis, top: float, board: Iterable[BoardHypothesis], end: float) -> tuple[list[str], float]:
    """A bar from opened to closed: green what was confirmed, grey and hatched what was ruled out, blue what is open."""
    parts = [label(axis.left, top - 7, "Hypotheses", "k")]
    y = top
    for h in board:
        x1 = axis.x(h.opened.timestamp())
        x2 = max(axis.x(end if h.closed is None else h.closed.timestamp()), x1 + 4)
        state = {"confirmed": "fgreen", "ruled_out": "ruled", "supported": "fblue", "open": "fblue"}[h.state]
        spent = "" if h.minutes is None else f", {words(timedelta(minutes=h.minutes))}"
        word = {"confirmed": "✓ confirmed", "ruled_out": "✗ ruled out", "supported": "supported", "open": "open"}[h.state]
        if axis.narrow:
            parts.append(label(axis.left, y + 10, f"{fit(h.statement, axis.right - axis.left - 145, 12)} – {word}{spent}", "t"))
            y += 15
        parts.append(box(x1, y, x2 - x1, LANE - 6, state, f"{h.statement} ({h.layer}): {word}{spent}"))
        if h.state == "ruled_out":
            parts += hatch(x1, x2, y, LANE - 6, "hatch")
        if not axis.narrow:
            parts += _lane_label(axis, x1, x2, y, f"{h.statement} – {word}{spent}", "t halo" if h.state == "ruled_out" else "t on")
        y += LANE
    if y == top:
        parts.append(label(axis.left, y + 10, "none in the log", "q"))
        y += 20
    return parts, y - top


def _lane_label(axis: Axis, x1: float, x2: float, y: float, text: str, classes: str) -> list[str]:
    """Inside the bar where it fits, else on the side with more room."""
    inside = width_of(text, 12) + 12 <= x2 - x1
    if inside:
        return [label(x1 + 6, y + 13, text, classes)]
    return _beside(axis, x1, x2, y + 13, text)


def _beside(axis: Axis, x1: float, x2: float, y: float, text: str) -> list[str]:
    # Right of the plot is the column of the dashed lines' names, empty at this height.
    left, right = x1 - axis.left - 8, axis.right + (0 if axis.narrow else 140) - x2 - 8
    if width_of(text, 12) <= right or right >= left:
        return [label(x2 + 6, y, fit(text, right, 12), "t halo")]
    return [label(x1 - 6, y, fit(text, left, 12), "t halo", "end")]


def _segment(axis: Axis, y: float, start: datetime, end: datetime, text: str, colour: str) -> list[str]:
    x1, x2 = axis.x(start.timestamp()), axis.x(end.timestamp())
    long = f"{words(end - start)} {text}"
    parts = [box(x1, y, x2 - x1, 22, colour, long, radius=0)]
    if colour == "wrong":
        parts += hatch(x1, x2, y, 22, "hatchw")
    for words_shown in (long, words(end - start)):
        if width_of(words_shown, 12.5) + 8 <= x2 - x1:
            return [*parts, label((x1 + x2) / 2, y + 15.5, words_shown, "b on", "middle")]
    return parts


def hatch(x1: float, x2: float, y: float, height: float, classes: str) -> list[str]:
    """Slanted lines: ruled out is told without colour too."""
    step = 9.0
    strokes, x = "", x1
    while x < x2 - 1:
        reach = min(height, x2 - x)
        strokes += f"M{n(x)} {n(y + height)}L{n(x + reach)} {n(y + height - reach)}"
        x += step
    return [f'<path d="{strokes}" class="{classes}"/>'] if strokes else []


def _changes(axis: Axis, top: float, changes: list[Entry]) -> tuple[list[str], float]:
    """Diamonds with their words, each in the first of four rows where it is free; beyond that the sign alone, its words on hover."""
    parts: list[str] = []
    reached: list[float] = []
    for change in changes:
        x = axis.x(change.at.timestamp())
        row = next((i for i, end in enumerate(reached) if end <= x - 9), len(reached))
        row = min(row, 3)
        free = row == len(reached) or reached[row] <= x - 9
        y = top + 20 * row
        parts.append(diamond(x, y + 8, 6.5, "fblue", f"{change.text}, {clock(change.at)}"))
        text = fit(change.text, axis.right - x - 14, 12)
        if free and len(text) > 8:
            parts.append(label(x + 11, y + 12, text, "t halo"))
        elif free:
            text = ""
        if free:
            reached[row : row + 1] = [x + 11 + width_of(text, 12)]
    return parts, 20.0 * len(reached)
