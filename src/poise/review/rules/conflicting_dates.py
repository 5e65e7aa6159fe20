"""Two dates for one incident.

## What it finds
A day in the title, the head or the summary on which nothing in the timeline happens, although the timeline gives dates of its own; a
sentence that lets the incident begin on another day than the timeline; one range of times that stands on two days. Dates of writing,
publishing and reviewing are later and are no contradiction.

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
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import islice

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.ranges import ranges_on_two_days
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one of each: the first day of the head that the timeline does not know, the first range that stands on two days."""
    yield from islice(_heads(facts), 1)
    for here, there, words in islice(ranges_on_two_days(facts), 1):
        yield RULE.found(words, "Correct the date that is wrong", here, there)


def _heads(facts: Facts) -> Iterator[ReviewFinding]:
    lines = {e.line for e in facts.events if e.listed}
    within = [
        p
        for p in facts.calendar.stated
        if (p.line.number in lines and p.written.start < 24)
        or (p.line.kind == "heading" and facts.document.role(p.line) == "timeline")
        or (p.line.kind != "heading" and p.line.text.strip(" *_:#") == p.written.text)
        or (p.line.kind == "heading" and p.line.section > 1 and _DAY_ONLY.fullmatch(p.line.text))
    ]
    days = sorted({day for p in within if (day := facts.calendar.day(p.written)) is not None})
    if not days:
        return
    for placed in facts.calendar.stated:
        role, day = facts.document.role(placed.line), facts.calendar.day(placed.written)
        if placed in within or day is None:
            continue
        other = next(p for p in within if facts.calendar.day(p.written) == days[0])
        begins = _BEGAN.search(placed.line.text, max(0, placed.written.start - 120), placed.written.start)
        night = _NIGHT.search(placed.line.text, max(0, placed.written.start - 60), placed.written.start) if placed.written.last else None
        if night and placed.line.kind == "heading":
            # The night of the 11th to the 12th ends at noon of the 12th.
            first = min((e.time.wall for e in facts.events if e.time.dated), default=None)
            wrong = first is not None and first > datetime.combine(day, time(12)) + timedelta(days=1)
        elif begins is not None and role not in ("cause", "contributing", "background", "trigger", "actions"):
            wrong = day != days[0]
        elif placed.line.text.startswith(("Date:", "When:")) and placed.line.kind in ("text", "bullet"):
            wrong = day < days[0] - timedelta(days=1) or (placed.line.text.startswith("When:") and day != days[0])  # no report comes before
            wrong = wrong or (day < days[0] and len(days) == 1)
        elif _is_head(placed.line.kind, role, placed.line.text) or _OF_DAY.match(placed.line.text, 0, min(60, placed.written.start)):
            exact = len({e.time.offset_minutes for e in facts.events}) == 1 and facts.events[0].time.offset_minutes is not None
            slack = timedelta(days=0 if exact else 1)
            wrong = day < days[0] - slack or day > days[-1] + slack
        else:
            continue
        if wrong:
            message = f"{placed.written.text} here, but the timeline is of {days[0].isoformat()}"
            yield RULE.found(message, "Correct the date that is wrong", placed.quote, other.quote)


def _is_head(kind: str, role: str, text: str) -> bool:
    """Whether the date is said of the incident itself: a title, a field of the start, "On 9 November …" in the summary."""
    if kind == "heading":
        return role == "other" and not RANGE.search(text)
    return bool(_OF_INCIDENT.match(text))


_BEGAN = regexp(
    r"\b(?:incident|outage|disturbance|disruption|problem|trouble)\b[^.;]{0,30}"
    r"\b(?:opened|began|started|happened|occurred|took place) on\W{0,3}(?:\w+day,? )?$",
    re.IGNORECASE,
)
_NIGHT = regexp(r"\bnight (?:of|from) (?:the )?(?:\w+day,? )?$", re.IGNORECASE)
_OF_DAY = regexp(r"^(?:the|this) (?:outage|incident) (?:of|on) (?:\w+day,? )?$", re.IGNORECASE)
_DAY_ONLY = regexp(r"\W*(?:\w+day)?,? ?\d{1,2}(?:st|nd|rd|th)? \w+(?: \d{4})?\W*|\d{4}-\d\d-\d\d", re.IGNORECASE)
RANGE = regexp(r"\d\s?(?:[-–/]|to|and)\s?\d{1,2}(?:\s|$)|night|week|\bdays\b", re.IGNORECASE)
_OF_INCIDENT = regexp(
    r"(?:incident (?:date|start)|start(?:ed)?|began|date of (?:the )?(?:incident|outage)|on(?: the (?:morning"
    r"|afternoon|evening|night) of)?) ?(?:time|date)?\b",
    re.IGNORECASE,
)


RULE = ReviewRule("conflicting-dates", "error", check, __doc__)
