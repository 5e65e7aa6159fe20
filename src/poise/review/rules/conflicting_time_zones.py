"""Times in two zones that contradict.

## What it finds
Two statements for all times that name zones with different offsets; a time with another zone than that which is said to hold for all;
entries of one list in different zones; one moment in two zones, in two columns or beside each other, that are not as far apart as the
zones. A time that is given in two zones at once (`13:45 UTC (14:45 CET)`) is none, summer and winter of
one place neither.

## Why it hurts
Durations between such times are wrong by hours, and nobody can tell which times were meant in which zone.

## Bad
```markdown
All times in UTC.

## Timeline, 10 November 2023
- 13:45 An alert fired.
- 09:10 EST The engineer acknowledged it.
- 18:30 Service was restored.
```

## Good
```markdown
All times in UTC.

## Timeline, 10 November 2023
- 13:45 An alert fired.
- 14:10 The engineer acknowledged it.
- 18:30 Service was restored.
```

## How sure
High for two statements; medium for a single time in another zone, which may have been copied from a chat on purpose.

## See also
`time-zone-missing` · `two-names-for-a-zone`
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from itertools import islice

from poise.model.postmortem import Moment, ReviewFinding
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.moments import moments_apart
from poise.review.rule import ReviewRule
from poise.review.zones import ZONE, of_place, zone_of


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one of each: the first two zones that contradict, the first moment that two zones give differently."""
    for line, head, (one, other) in islice(moments_apart(facts.document, _day(facts)), 1):
        message = f"{one.clock} {one.zone.written} and {other.clock} {other.zone.written} are not one moment"
        yield RULE.found(
            message, "Correct the time that is wrong, or give all times in one zone", line.quote, *([head.quote] if head else [])
        )
    stated = [(zone.offset(_day(facts)), zone.written, line.quote) for zone, line in facts.said.stated]
    own = [
        (e.time.offset_minutes, e.time.zone or "", e.time.quote)
        for e in facts.events
        if e.listed and e.time.zone and _own(e.time) and not _twice(e.time.quote.text)
    ]
    stated = [each for each in stated if not _twice(each[2].text)]
    for group in (stated, [*stated[:1], *own]):
        for offset, name, quote in group[1:]:
            first = group[0]
            if None in (offset, first[0]) or offset == first[0] or _one_place(name, first[1]) or quote.line == first[2].line:
                continue
            apart = abs((offset or 0) - (first[0] or 0))
            message = f"{name} here and {first[1]} there are {in_words(apart)} apart"
            yield RULE.found(message, "Give all times in one zone, UTC by preference", quote, first[2])
            return


def _day(facts: Facts) -> datetime:
    return datetime.combine(facts.calendar.base or date(2001, 1, 1), time(12))


def _own(time: Moment) -> bool:
    """Whether the zone stands beside that very time, and is not its column's or the document's."""
    return any(c.zone is not None and (c.hour % 24, c.minute) == (time.wall.hour, time.wall.minute) for c in clocks(time.quote.text))


def _twice(text: str) -> bool:
    """Whether the line gives one time in two zones."""
    zones = [z for found in ZONE.finditer(text) if (z := zone_of(found)) is not None]
    return len({z.fixed if z.fixed is not None else z.standard for z in zones}) > 1 or bool(_TRANSLATED.search(text))


# "In local time (CEST) that is …" says the same once more.
_TRANSLATED = regexp(r"\bin local time\b", re.IGNORECASE)


def _one_place(one: str, other: str) -> bool:
    """EST and EDT, CET and CEST, PT and PST: one place in two seasons."""
    zones = [of_place(name) for name in (one, other)]
    if any(zone is not None for zone in zones):
        # A place keeps its own summer time: German time is CET and CEST.
        kept = [
            {zone.standard, zone.standard + 60} if zone is not None else offsets(name)
            for zone, name in zip(zones, (one, other), strict=True)
        ]
        return bool(kept[0] & kept[1])
    return one[:1] == other[:1] and {one[1:], other[1:]} <= {"ST", "DT", "T", "ET", "EST"} and one[-1:] == other[-1:] == "T"


def offsets(name: str) -> set[int]:
    """The offset of a zone by its name, none of an unknown one."""
    found = ZONE.fullmatch(name)
    zone = zone_of(found) if found else None
    return set() if zone is None or zone.fixed is None else {zone.fixed}


RULE = ReviewRule("conflicting-time-zones", "error", check, __doc__)
