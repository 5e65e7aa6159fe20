"""A time in the timeline is earlier than the one before it.

## What it finds
Within one list or table, an entry whose time is before that of the entry above although no date changes. Says which repair restores
order, where one does: the other half of the day, or the next day. Silent for a list that runs from the newest to the oldest.

## Why it hurts
One of the two times is wrong, and with it every duration that is counted from it.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 11:50 AM An alert fired.
- 12:10 AM The engineer acknowledged it.
- 12:30 PM Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 11:50 AM An alert fired.
- 12:10 PM The engineer acknowledged it.
- 12:30 PM Service was restored.
```

## How sure
High. Lists within an entry are not compared with those around it, times called approximate not within ten minutes.

## See also
`impossible-time` · `date-missing`
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby, pairwise

from poise.model.postmortem import Event, ReviewFinding
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.times import approximate


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each step back."""
    listed = [e for e in facts.events if e.listed]
    for _, members in groupby(listed, key=lambda e: e.group):
        group = list(members)
        if len(group) >= 3 and all(b.time.minutes_after(a.time) <= 0 for a, b in pairwise(group)):
            continue  # from the newest to the oldest
        level = min(e.level for e in group)
        yield from _steps([e for e in group if e.level == level and e.time.precision != "day"])
    if len(listed) < 3:
        yield from _slips([e for e in facts.events if not e.listed])


def _steps(group: list[Event]) -> Iterable[ReviewFinding]:
    for place, (before, event) in enumerate(pairwise(group), 1):
        back = min(before.time.minutes_after(event.time), (before.time.wall - event.time.wall).total_seconds() / 60)
        if back <= (10 if approximate(event.time) or approximate(before.time) else 0) or before.time.dated != event.time.dated:
            continue
        following = group[place + 1] if place + 1 < len(group) else None
        message = f"{event.time.clock} stands after {before.time.clock}, which is {in_words(back)} later"
        yield RULE.found(message, _repair(before, event, following), event.time.quote, before.time.quote)


def _slips(told: list[Event]) -> Iterable[ReviewFinding]:
    """In prose: a time between two others that is half a day off."""
    for before, event, following in zip(told, told[1:], told[2:], strict=False):
        off = [h for h in (-12, 12) if before.time.wall <= event.time.wall + timedelta(hours=h) <= following.time.wall]
        inside = before.time.wall <= event.time.wall <= following.time.wall
        if off and not inside and re.search(r"\b[AP]\.?M\b", event.time.quote.text, re.IGNORECASE):
            message = f"{event.time.clock} stands between {before.time.clock} and {following.time.clock}"
            remedy = "Correct the time that is wrong: the other half of the day (AM and PM) would restore the order"
            yield RULE.found(message, remedy, event.time.quote, before.time.quote)


def _repair(before: Event, event: Event, following: Event | None) -> str:
    """What restores the order."""
    back = before.time.minutes_after(event.time)
    for minutes, words in ((720, "the other half of the day (AM and PM)"), (1440, "the next day")):
        ahead = minutes - back
        if 0 <= ahead <= 720 and (following is None or minutes <= following.time.minutes_after(event.time) or minutes == 1440):
            return f"Correct the time that is wrong: {words} would restore the order"
    return "Correct the time that is wrong, or move the entry to its place"


RULE = ReviewRule("events-out-of-order", "error", check, __doc__)
