"""The events of a document with their times: from lists, tables and prose, each on the day and in the zone that its place gives it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise

from poise.model.light import dataclass
from poise.model.postmortem import Event, Moment, Quote
from poise.review.calendar import UNDATED, Calendar
from poise.review.clock import Clock
from poise.review.entry import Entry
from poise.review.kinds import Told, in_context, told
from poise.review.zones import Zone
from poise.review.zones_said import Said

# The sections whose prose tells events beside a list.
FEWEST = 3
FULL = 6
OF_EVENTS = ("timeline", "hypotheses", "summary", "impact", "detection", "resolution", "trigger", "other")


@dataclass(frozen=True, slots=True)
class Resolved:
    """An entry with its day. `day` counts from UNDATED where `dated` is false."""

    entry: Entry
    day: date
    dated: bool


def timeline(entries: Sequence[Entry], calendar: Calendar, said: Said) -> tuple[Event, ...]:
    """One event for each entry, in the order of the lines."""
    made = [_event(resolved, said) for resolved in days(_told(entries), calendar)]
    # Events of the timeline proper are judged among themselves, what prose tells beside them among all.
    main = [n for n, (event, _) in enumerate(made) if event.listed]
    main = main if len(main) >= FEWEST else list(range(len(made)))
    ordered = sorted(main, key=lambda n: made[n][0].time.minutes_after(made[main[0]][0].time))
    kinds = dict(zip(ordered, in_context([made[n][1] for n in ordered]), strict=True))
    return tuple(replace(event, kind=kinds.get(n, event.kind)) for n, (event, _) in enumerate(made))


def _told(entries: Sequence[Entry]) -> list[Entry]:
    """Without what stands elsewhere again, or speaks of plans, where a list tells what happened."""
    if sum(e.listed and not e.quoted for e in entries) >= FEWEST:
        # Logs and alerts in code or quotation marks are evidence beside a list of events.
        entries = [e for e in entries if not e.quoted]
    main = {e.clock_minute for e in entries if e.listed and e.role == "timeline"} or {e.clock_minute for e in entries if e.listed}
    if len(main) < FEWEST:
        return list(entries)
    sectioned = any(e.listed and e.role == "timeline" for e in entries)

    full = sum(e.listed and e.role == "timeline" for e in entries) >= FULL

    def tells(e: Entry) -> bool:
        if e.listed:
            return e.role == "timeline" or not sectioned or e.clock_minute not in main
        # What sections on impact and detection tell of times is of figures and alerts; beside a full list it is no event of its own.
        told = e.role in OF_EVENTS if not full else e.role in OF_EVENTS and e.role not in ("impact", "detection")
        return told and e.clock_minute not in main and not e.ranged

    return [e for e in entries if tells(e)]


def days(entries: Sequence[Entry], calendar: Calendar) -> Iterator[Resolved]:
    """Each entry's day: its own date, that above it, one moved by "the next day" or by going past midnight."""
    place = _Place(calendar)
    for (listed, _), members in groupby(entries, key=lambda e: (e.listed, (e.group, e.table) if e.listed else 0)):
        group = list(members)
        if listed and _newest_first(group):
            yield from reversed([place.next(entry, True) for entry in reversed(group)])
        else:
            yield from [place.next(entry, listed) for entry in group]


class _Place:
    """The day that holds while the entries are gone through."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.base = calendar.base
        self.day = calendar.base or UNDATED
        self.dated = calendar.base is not None
        self.first = self.day
        self.before: tuple[int, datetime] | None = None
        self.role = ""
        self.section = -1

    def next(self, entry: Entry, listed: bool) -> Resolved:
        clock = entry.clock
        own = self._own(entry)
        # A new table starts over; lists and paragraphs of one timeline go on.
        new_group = self.before is None or (self.before[0] != entry.group and (entry.table or entry.role != self.role))
        self.role = entry.role
        if own is not None:
            if self.first == UNDATED or (listed and new_group):
                self.first = own
            self.day, self.dated = own, True
        elif entry.move is not None and entry.move.number is not None:
            self.day = self.first + timedelta(days=entry.move.number - 1)
        elif entry.move is not None:
            self.day += timedelta(days=entry.move.days)
        elif new_group and listed and not entry.dated_section:
            # A new list begins on the day the document is about.
            self.day, self.dated = self.base or UNDATED, self.base is not None
            self.first = self.day
        if own is None and entry.weekday is not None and self.dated and not listed:
            # Prose looks back to "Thursday at 17:00" and goes on where it was.
            return Resolved(entry, self.day - timedelta(days=(self.day.weekday() - entry.weekday) % 7), self.dated)
        if own is None and entry.move is None and entry.weekday is not None and self.dated:
            self.day += timedelta(days=(entry.weekday - self.day.weekday()) % 7)
        wall = at(self.day, clock)
        goes_on = not new_group if listed else self.before is not None and self.before[0] < 0 and self.section == entry.section
        if own is None and entry.move is None and entry.weekday is None and goes_on and self.before is not None:
            # Past midnight: nearer to the time before as tomorrow's than as today's.
            while clock.precision != "day" and self.before[1] - wall > timedelta(hours=12):
                self.day += timedelta(days=1)
                wall += timedelta(days=1)
        self.before, self.section = (entry.group, wall), entry.section
        return Resolved(entry, self.day, self.dated)

    def _own(self, entry: Entry) -> date | None:
        return None if entry.date is None else self.calendar.day(entry.date)


def at(day: date, clock: Clock) -> datetime:
    """That time on that day; 24:00 is the next day's beginning."""
    extra = timedelta(days=1) if clock.hour == 24 else timedelta()
    return datetime.combine(day, time(clock.hour % 24, min(clock.minute, 59), min(clock.second, 59))) + extra


def _newest_first(group: Sequence[Entry]) -> bool:
    """A list that was written downwards in time, as status pages are: three entries or more, all but one step backwards."""
    if len(group) < 4 or any(entry.move for entry in group):
        return False
    if len({(e.date.month, e.date.day) for e in group if e.date}) > 1:
        return False
    minutes = [60 * e.clock.hour + e.clock.minute for e in group]
    # A step of more than half a day upwards went past midnight.
    steps = [a >= b or b - a > 720 for a, b in pairwise(minutes)]
    if minutes[0] < minutes[-1] and not any(b - a > 720 for a, b in pairwise(minutes)):
        return False
    return sum(steps) == len(steps)


def moment(clock: Clock, day: date, dated: bool, zone: Zone | None, quote: Quote) -> Moment:
    """The clock's time on that day in that zone."""
    wall = at(day, clock)
    offset, name = (None, None) if zone is None or clock.precision == "day" else (zone.offset(wall), zone.written)
    return Moment(wall, dated, offset, name, quote, clock.precision)


def _event(resolved: Resolved, said: Said) -> tuple[Event, Told]:
    entry = resolved.entry
    zone = entry.clock.zone or entry.zone or said.of(entry.section)
    begin = moment(entry.clock, resolved.day, resolved.dated, zone, entry.quote)
    until = None
    if entry.clock.until is not None and not entry.clock.until.wrong:
        day = resolved.day
        ends = at(day, entry.clock.until)
        if ends < begin.wall:
            day += timedelta(days=1)
        until = moment(entry.clock.until, day, resolved.dated, entry.clock.until.zone or zone, entry.quote)
    kind = told(entry.text)
    event = Event(begin, entry.text, kind.kind, until, entry.listed, kind.starts, kind.changes, entry.group, entry.level)
    return event, kind
