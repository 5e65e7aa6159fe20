"""The weekday is not that of the date.

## What it finds
A date with a weekday beside it that was another day of the week.

## Why it hurts
Either the weekday or the date is wrong; weekdays are remembered, dates are copied.

## Bad
```markdown
# Outage of Thursday, 10 November 2023
```

## Good
```markdown
# Outage of Friday, 10 November 2023
```

## How sure
High. Dates whose day and month could be swapped are read the way that fits.

## See also
`conflicting-dates`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.dates import WEEKDAYS
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each such date."""
    for placed in (*facts.calendar.stated, *facts.calendar.others):
        written = placed.written
        day = facts.calendar.day(written)
        if written.wrong:
            yield RULE.found(f"there is no {written.text}", "Correct the date", placed.quote)
        elif day is not None and written.year and written.weekday is not None and day.weekday() != written.weekday:
            message = f"{day.isoformat()} was a {WEEKDAYS[day.weekday()].title()}, not a {WEEKDAYS[written.weekday].title()}"
            yield RULE.found(message, "Correct the date or the weekday", placed.quote)


RULE = ReviewRule("wrong-weekday", "warning", check, __doc__)
