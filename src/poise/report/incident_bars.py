"""An incident's segments and hypothesis lanes as lines of plain characters: they need no colour and no font, so that they work over ssh."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from poise.incidents.durations import words
from poise.incidents.figures import evidence_words
from poise.incidents.segments import SEGMENT_WORDS, SegmentKind, segments
from poise.model.incident import BoardHypothesis, Incident
from poise.report.svg import clean

SIGNS: dict[SegmentKind, str] = {
    "undetected": ".",
    "unacknowledged": ":",
    "searching": "-",
    "wrong_track": "x",
    "right_track": "=",
    "recovering": "~",
}
STATE_SIGNS = {"open": "?", "supported": "~", "ruled_out": "✗", "confirmed": "✓"}
FILL = {"open": "-", "supported": "-", "ruled_out": "x", "confirmed": "="}
# With its margin in a terminal of 80 columns.
COLUMNS = 72


def segment_bar(incident: Incident, now: datetime | None = None) -> list[str]:
    """The bar, the instants at its ends, and what each kind of it took."""
    parts = segments(incident, now)
    if not parts:
        return ["  when its impact began is not known: `poise incident time ID impact_started INSTANT`"]
    column = _scale(parts[0].start, parts[-1].end)
    bar = ""
    for part in parts:
        # A part that took time is seen, however short it was.
        wide = max(column(part.end) - len(bar), 1 if part.minutes else 0)
        bar += SIGNS[part.kind] * wide
    spent = dict.fromkeys((p.kind for p in parts if p.minutes), timedelta())
    for part in parts:
        if part.minutes:
            spent[part.kind] += part.end - part.start
    told = [f"{SIGNS[kind]} {SEGMENT_WORDS[kind]} {words(span)}" for kind, span in spent.items()]
    return [f"  |{bar[:COLUMNS]}|", _ends(parts[0].start, parts[-1].end), *_wrapped(told)]


def lanes(incident: Incident, now: datetime | None = None) -> list[str]:
    """For each hypothesis its words, its lane under the bar, and its newest evidence.

    In a lane + and * mark checks that spoke for and against it, ! where poise's telemetry could have ruled it out.
    """
    parts = segments(incident, now)
    lines: list[str] = []
    for number, h in enumerate(incident.hypotheses, 1):
        spent = "" if h.minutes is None else f", {words(timedelta(minutes=h.minutes))}"
        owner = f"; pursued by {clean(h.owner)}" if h.owner else ""
        lines.append(f"  {number} {STATE_SIGNS[h.state]} {clean(h.statement)} ({h.layer}): {h.state.replace('_', ' ')}{spent}{owner}")
        if parts:
            lines.append(f"  |{_lane(h, _scale(parts[0].start, parts[-1].end), parts[-1].end)}|")
        could = h.could_rule_out
        if could is not None:
            left = "" if h.closed is None or h.closed <= could.at else f", {words(h.closed - could.at)} earlier"
            lines.append(f"      ! could have been ruled out at {_clock(could.at)}{left}")
        lines += [f"      {'+' if e.bits > 0 else '-' if e.bits < 0 else ' '} {clean(evidence_words(e))}" for e in h.evidence]
    return lines


def _lane(h: BoardHypothesis, column: Callable[[datetime], int], end: datetime) -> str:
    cells = [" "] * COLUMNS
    first, last = column(h.opened), column(h.closed or end)
    for place in range(first, max(last, first + 1)):
        cells[min(place, len(cells) - 1)] = FILL[h.state]
    for check in h.checks:
        cells[min(column(check.at), len(cells) - 1)] = "+" if sum(e.bits for e in check.evidence) > 0 else "*"
    if h.could_rule_out is not None:
        cells[min(column(h.could_rule_out.at), len(cells) - 1)] = "!"
    return "".join(cells)


def _scale(start: datetime, end: datetime) -> Callable[[datetime], int]:
    whole = (end - start).total_seconds() or 1.0
    return lambda at: min(max(round((at - start).total_seconds() / whole * COLUMNS), 0), COLUMNS)


def _ends(start: datetime, end: datetime) -> str:
    same = start.astimezone(UTC).date() == end.astimezone(UTC).date()
    first, last = (_clock(at) if same else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for at in (start, end))
    return f"   {first}{last:>{COLUMNS - len(first)}}"


def _wrapped(told: list[str]) -> list[str]:
    lines = ["  "]
    for each in told:
        if len(lines[-1]) + len(each) > COLUMNS:
            lines.append("  ")
        lines[-1] += f" {each}  "
    return [line.rstrip() for line in lines]


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S")
