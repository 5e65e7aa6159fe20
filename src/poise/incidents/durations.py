"""How long each part of an incident took, what it is counted from, and how much of it went to wrong hypotheses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from poise.model.incident import Incident, TimeName


@dataclass(frozen=True, slots=True)
class Durations:
    """Each is None where one of its two instants is not known.

    `basis` names the instant that mitigation and resolution are counted from: the start of the impact, or detection where the start is not
    known. `detected_before_start` is how much earlier detection was than the recorded start, which is then not relied on.
    """

    basis: TimeName | None
    start: datetime | None
    to_detect: timedelta | None
    to_acknowledge: timedelta | None
    to_cause: timedelta | None
    to_mitigate: timedelta | None
    to_resolve: timedelta | None
    wrong: timedelta
    wrong_share: float | None
    detected_before_start: timedelta | None


def durations(incident: Incident) -> Durations:
    """Detect, mitigate and resolve count from the start, acknowledge and cause from detection; the wrong share is of detection to the end.

    Where detection precedes the recorded start, the start is taken to be detection (a declared start is often the declaration's).
    """
    started, detected = known_at(incident, "impact_started"), known_at(incident, "detected")
    early = None
    if started is not None and detected is not None and detected < started:
        early, started = started - detected, detected
    start = started or detected
    basis: TimeName | None = None if start is None else "impact_started" if started is not None and early is None else "detected"
    mitigated, resolved = known_at(incident, "mitigated"), known_at(incident, "resolved")
    end = resolved or mitigated
    noticed = detected or start
    wrong = sum((b - a for a, b in wrong_intervals(incident)), timedelta())
    whole = _between(noticed, end)
    return Durations(
        basis=basis,
        start=start,
        to_detect=None if early is not None else _between(started, detected),
        to_acknowledge=_between(detected, known_at(incident, "acknowledged")),
        to_cause=_between(detected, known_at(incident, "cause_found")),
        to_mitigate=_between(start, mitigated),
        to_resolve=_between(start, resolved),
        wrong=wrong,
        wrong_share=wrong / whole if whole is not None and whole > timedelta() else None,
        detected_before_start=early,
    )


def words(span: timedelta) -> str:
    """4 h 45 min, 15 min, 3 min 20 s, 25 s, 1.1 s: what a reader needs of it, rounded once."""
    seconds = span.total_seconds()
    if seconds < 0:
        return f"−{words(-span)}"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole >= 600:
        hours, minutes = divmod(round(whole / 60), 60)
        return f"{minutes} min" if hours == 0 else f"{hours} h {minutes} min" if minutes else f"{hours} h"
    minutes, rest = divmod(whole, 60)
    return f"{rest} s" if minutes == 0 else f"{minutes} min {rest} s" if rest else f"{minutes} min"


def wrong_intervals(incident: Incident) -> tuple[tuple[datetime, datetime], ...]:
    """When, between detection and the cause, only hypotheses were pursued that were ruled out later: two at once count once.

    The time beside the hypothesis that proved right is not wrong time, and neither is what stays on the board once the cause is found.
    """
    noticed = known_at(incident, "detected") or known_at(incident, "impact_started")
    end = known_at(incident, "cause_found") or known_at(incident, "resolved") or known_at(incident, "mitigated")
    spans = [(h.opened, h.closed) for h in incident.hypotheses if h.state == "ruled_out" and h.closed is not None]
    right = [(h.opened, h.closed) for h in incident.hypotheses if h.state in ("confirmed", "supported")]
    marks = sorted({m for span in (*spans, *right) for m in span if m is not None} | {m for m in (noticed, end) if m is not None})
    wrong: list[tuple[datetime, datetime]] = []
    for low, high in pairwise(marks):
        outside = (noticed is not None and low < noticed) or (end is not None and high > end)
        pursued = any(a <= low and high <= b for a, b in spans)
        beside = any(a <= low and (b is None or high <= b) for a, b in right)
        if pursued and not outside and not beside:
            joined = wrong and wrong[-1][1] == low
            wrong.append((wrong.pop()[0] if joined else low, high))
    return tuple(wrong)


def known_at(incident: Incident, name: TimeName) -> datetime | None:
    """The instant of that name; None where it is not known."""
    time = incident.times.get(name)
    return None if time is None else time.at


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start
