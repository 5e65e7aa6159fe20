"""What each part of an incident's time was spent on: the segment bar."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Literal

from poise.incidents.durations import durations, known_at, wrong_intervals
from poise.model.incident import Incident
from poise.model.light import dataclass

SegmentKind = Literal["undetected", "unacknowledged", "searching", "wrong_track", "right_track", "recovering"]
SEGMENT_WORDS: dict[SegmentKind, str] = {
    "undetected": "undetected",
    "unacknowledged": "unacknowledged",
    "searching": "no hypothesis pursued",
    "wrong_track": "wrong track",
    "right_track": "right track",
    "recovering": "recovering",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the incident that one thing took."""

    kind: SegmentKind
    start: datetime
    end: datetime

    @property
    def minutes(self) -> float:
        """How long it was."""
        return (self.end - self.start).total_seconds() / 60


def segments(incident: Incident, now: datetime | None = None) -> tuple[Segment, ...]:
    """The incident from the start of its impact to its end, or to `now` while it lasts, without a gap; empty where no start is known.

    Up to detection it was undetected, and after the impact stopped it is recovering. Between them time is on the wrong track where only
    hypotheses were pursued that proved wrong (`wrong_intervals`: so the minutes agree with those of `durations`), on the right track once
    the cause was found or beside a hypothesis that stands; else nobody had acknowledged it, or nobody pursued any hypothesis.
    """
    start = durations(incident).start
    if start is None:
        return ()
    detected, acknowledged = known_at(incident, "detected"), known_at(incident, "acknowledged")
    found, stopped = known_at(incident, "cause_found"), known_at(incident, "mitigated")
    end = _end(incident, start, now)
    if acknowledged is None and found is None and incident.status == "open":
        # Of one that is over it may be that nobody wrote it down; of one that lasts nobody has it in hand.
        acknowledged = end
    wrong = wrong_intervals(incident)
    right = [(h.opened, h.closed or end) for h in incident.hypotheses if h.state != "ruled_out"]
    marks = {start, end, *(m for span in (*wrong, *right) for m in span)}
    marks |= {m for m in (detected, acknowledged, found, stopped) if m is not None}
    made: list[Segment] = []
    for low, high in pairwise(sorted(m for m in marks if start <= m <= end)):
        kind: SegmentKind
        if detected is not None and low < detected:
            kind = "undetected"
        elif stopped is not None and low >= stopped:
            kind = "recovering"
        elif found is not None and low >= found:
            kind = "right_track"
        elif _inside(low, wrong):
            kind = "wrong_track"
        elif acknowledged is not None and low < acknowledged:
            kind = "unacknowledged"
        else:
            kind = "right_track" if _inside(low, right) else "searching"
        if made and made[-1].kind == kind:
            made[-1] = Segment(kind, made[-1].start, high)
        else:
            made.append(Segment(kind, low, high))
    return tuple(made)


def _end(incident: Incident, start: datetime, now: datetime | None) -> datetime:
    """Restoration; of one that lasts `now`, else the last instant that the log knows."""
    over = known_at(incident, "resolved") or (known_at(incident, "mitigated") if incident.status in ("resolved", "closed") else None)
    known = [t.at for t in incident.times.values()] + [e.at for e in incident.timeline]
    return max(start, over or now or max(known, default=start))


def _inside(at: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(low <= at < high for low, high in spans)
