"""Two dates for one incident.

## What it finds
A day in the title, the head or the summary on which nothing in the timeline happens, although the timeline gives dates of its own. Dates
of writing, publishing and reviewing are later and are no contradiction.

## Why it hurts
Who looks for the logs looks on the wrong day.

## Bad
```markdown
# Outage of 9 November 2023

## Timeline (UTC)
- 2023-11-10 13:45 An alert fired.
- 2023-11-10 18:30 Service was restored.
```

## Good
```markdown
# Outage of 10 November 2023

## Timeline (UTC)
- 2023-11-10 13:45 An alert fired.
- 2023-11-10 18:30 Service was restored.
```

## How sure
High. A day is forgiven where the document has no time zone or two.

## See also
`date-missing` · `wrong-weekday`
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the first day of the head that the timeline does not know."""
    lines = {e.line for e in facts.events if e.listed}
    within = [
        p
        for p in facts.calendar.stated
        if (p.line.number in lines and p.written.start < 24) or (p.line.kind == "heading" and facts.document.role(p.line) == "timeline")
    ]
    days = sorted({day for p in within if (day := facts.calendar.day(p.written)) is not None})
    if not days:
        return
    for placed in facts.calendar.stated:
        role, day = facts.document.role(placed.line), facts.calendar.day(placed.written)
        if placed in within or day is None or not _is_head(placed.line.kind, role, placed.line.text):
            continue
        low, high = days[0] - timedelta(days=1), days[-1] + timedelta(days=1)
        exact = len({e.time.offset_minutes for e in facts.events}) == 1 and facts.events[0].time.offset_minutes is not None
        if day < (days[0] if exact else low) or day > (days[-1] if exact else high):
            message = f"{placed.written.text} here, but the timeline is of {days[0].isoformat()}"
            other = next(p for p in within if facts.calendar.day(p.written) == days[0])
            yield RULE.found(message, "Correct the date that is wrong", placed.quote, other.quote)
            return


def _is_head(kind: str, role: str, text: str) -> bool:
    """Whether the date is said of the incident itself: a title, a field of the start, "On 9 November …" in the summary."""
    if kind == "heading":
        return role == "other" and not RANGE.search(text)
    return bool(_OF_INCIDENT.match(text))


RANGE = regexp(r"\d\s?(?:[-–/]|to|and)\s?\d{1,2}(?:\s|$)|night|week|\bdays\b", re.IGNORECASE)
_OF_INCIDENT = regexp(
    r"(?:incident (?:date|start)|start(?:ed)?|began|date of (?:the )?(?:incident|outage)|on(?: the (?:morning"
    r"|afternoon|evening|night) of)?) ?(?:time|date)?\b",
    re.IGNORECASE,
)


RULE = ReviewRule("conflicting-dates", "error", check, __doc__)
