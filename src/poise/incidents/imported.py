"""A postmortem that somebody wrote, as the events of an incident's log: what stands in it, each with the time that the document gives."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import get_args

from poise.incidents import log_event
from poise.incidents.log_event import LogEvent
from poise.model.fault import LAYERS, Layer
from poise.model.incident import EntryKind
from poise.model.light import dataclass
from poise.model.postmortem import Event, EventKind, Item, Moment, Reviewed

KINDS: Mapping[EventKind, EntryKind] = {
    "detection": "alert",
    "action": "decision",
    "hypothesis": "hypothesis",
    "cause": "check",
    "mitigation": "milestone",
    "resolution": "milestone",
    "other": "note",
}
LONGEST = 200


class ImportProblem(ValueError):  # noqa: N818 - it is told, not a failure of ours
    """The document does not say enough: what is missing, and what to name."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What the document leaves out, as whoever imports it says: the zone of its clock, and the day on which its undated times begin."""

    zone: tzinfo | None = None
    day: date | None = None


def began(reviewed: Reviewed, missing: Missing) -> datetime:
    """The earliest instant that it tells of the incident. Raises ImportProblem."""
    known = [*reviewed.times.values(), *(event.time for event in reviewed.timeline)]
    if not known:
        raise ImportProblem("it tells no time at which anything happened: `poise incident open` opens an incident by hand")
    return min(_Clock(reviewed, missing).instant(moment) for moment in known)


def imported(reviewed: Reviewed, missing: Missing, severity: str, file: str, who: str, now: datetime) -> tuple[LogEvent, ...]:
    """All that stands in it. Times are stated, wrong hypotheses ruled out, the cause confirmed. Raises ImportProblem."""
    clock = _Clock(reviewed, missing)
    start = began(reviewed, missing)
    made = [log_event.opened(start, now, who, _title(reviewed.title) or f"imported from {file}", severity, origin="import")]
    for name, moment in reviewed.times.items():
        made.append(log_event.observed_time(name, clock.instant(moment), now, who, "stated", clock.zone(moment)))
    for number, event in enumerate(reviewed.timeline, 1):
        made.append(_line(event, clock, f"{file}:{event.line}", f"import {number}", now))
    made += _hypotheses(reviewed, clock, who, now)
    made += [_item(item, number, start, who, now) for number, item in enumerate(reviewed.action_items, 1)]
    return tuple(made)


class _Clock:
    """The document's own clock. Of times without a date the day counts from the first one that has none."""

    def __init__(self, reviewed: Reviewed, missing: Missing) -> None:
        self._missing = missing
        moments = [*reviewed.times.values(), *(event.time for event in reviewed.timeline)]
        self._first = min((m.wall.date() for m in moments if not m.dated), default=None)
        # Where one time has a zone the others are read by it too.
        self._offset = next((m.offset_minutes for m in moments if m.offset_minutes is not None), None)

    def instant(self, moment: Moment) -> datetime:
        """The instant in UTC. Raises ImportProblem where a date or a zone is missing and was not named."""
        wall = moment.wall
        if not moment.dated:
            if self._missing.day is None or self._first is None:
                raise ImportProblem(f"line {moment.quote.line} has a time without a date: name the day it began with --date 2023-11-10")
            wall = datetime.combine(self._missing.day + (wall.date() - self._first), wall.time())
        offset = moment.offset_minutes if moment.offset_minutes is not None else self._offset
        if offset is not None:
            return wall.replace(tzinfo=timezone(timedelta(minutes=offset))).astimezone(UTC)
        if self._missing.zone is None:
            raise ImportProblem(
                f"line {moment.quote.line} has a time without a zone, as all of it: name it with --zone UTC or Europe/Berlin"
            )
        first, second = (wall.replace(tzinfo=self._missing.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            # PEP 495: the two differ where the clocks were changed.
            raise ImportProblem(
                f"line {moment.quote.line} has a time that the clocks in {self._missing.zone} showed twice or not at all, as they were "
                "changed: write its offset into the document, as 02:30+01:00"
            )
        return first.astimezone(UTC)

    def zone(self, moment: Moment) -> str:
        """As the document or the one who imports it names it."""
        offset = moment.offset_minutes if moment.offset_minutes is not None else self._offset
        return moment.zone or (str(self._missing.zone) if offset is None else str(timezone(timedelta(minutes=offset))))


def _line(event: Event, clock: _Clock, where: str, key: str, now: datetime) -> LogEvent:
    kind: EntryKind = "change" if event.changes else KINDS[event.kind]
    until = None if event.until is None else clock.instant(event.until)
    return log_event.entry(kind, clock.instant(event.time), now, where, event.text.strip() or event.time.quote.text.strip(), until, key)


def _hypotheses(reviewed: Reviewed, clock: _Clock, who: str, now: datetime) -> Iterator[LogEvent]:
    found = reviewed.times.get("cause_found")
    words = {event.line: event.text for event in reviewed.timeline}
    for number, wrong in enumerate(reviewed.wrong_hypotheses, 1):
        key, at = f"wrong{number}", clock.instant(wrong.opened)
        yield log_event.hypothesis_opened(key, _short(words.get(wrong.quote.line) or wrong.quote.text), _layer(wrong.layer), at, now, who)
        left = wrong.closed or found
        if left is not None:
            yield log_event.hypothesis_closed(key, "ruled_out", max(clock.instant(left), at), now, who)
    if found is not None and reviewed.cause.layer in LAYERS:
        quote = reviewed.cause.quote
        statement = _short(quote.text) if quote is not None else f"The {reviewed.cause.layer} is at fault"
        at = clock.instant(found)
        yield log_event.hypothesis_opened("cause", statement, _layer(reviewed.cause.layer), at, now, who)
        yield log_event.hypothesis_closed("cause", "confirmed", at, now, who)


def _item(item: Item, number: int, at: datetime, who: str, now: datetime) -> LogEvent:
    due, text = None, item.text
    if item.due is not None:
        try:
            due = date.fromisoformat(item.due)
        except ValueError:
            # "Q3", "next sprint": kept in the words that it has.
            text = f"{item.text} (due {item.due})"
    return log_event.action_item(f"item{number}", text, item.kind, at, now, who, item.owner, due, item.ticket)


def _title(heading: str) -> str:
    """An incident is no postmortem: the heading without that word before it."""
    first, colon, rest = heading.strip().partition(":")
    return rest.strip() if colon and first.lower().replace("-", "") in ("postmortem", "post mortem", "incident report") else heading.strip()


def _layer(word: str | None) -> Layer:
    return next((layer for layer in get_args(Layer) if layer == word), "none")


def _short(text: str) -> str:
    line = " ".join(text.split()).lstrip("-*|# ").strip(" |")
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
