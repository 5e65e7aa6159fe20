"""Times without a date, or a date without a year.

## What it finds
A document with times of which no day is told, or the day without its year.

## Why it hurts
A year later nobody can find the logs that belong to it, nor tell whether the lesson is older than the system.

## Bad
```markdown
# Outage of the web shop

## Timeline (UTC)
- 13:45 An alert fired.
- 18:30 Service was restored.
```

## Good
```markdown
# Outage of the web shop, 10 November 2023

## Timeline (UTC)
- 13:45 An alert fired.
- 18:30 Service was restored.
```

## How sure
High.

## See also
`wrong-weekday` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one."""
    if not facts.events or facts.calendar.base is not None:
        return
    without_year = next((p for p in facts.calendar.stated if p.written.year is None and not p.written.wrong), None)
    if without_year is not None:
        yield RULE.found(f"{without_year.written.text} has no year", "Write the year too", without_year.quote)
    elif not facts.calendar.stated:
        yield RULE.found(
            "no day is told for these times", "Write the date of the incident, with its year, in the head", facts.events[0].time.quote
        )


RULE = ReviewRule("date-missing", "warning", check, __doc__)
