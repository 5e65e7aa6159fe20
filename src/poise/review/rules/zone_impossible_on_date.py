"""The zone's name is that of the other half of the year.

## What it finds
PST in July, CEST in December: a time whose zone has daylight saving in its name, or not, on a day when the place that uses it had the
other.

## Why it hurts
Most mean the clock on the wall, and the time is then an hour off from what is written. Who computes with it gets the wrong hour.

## Bad
```markdown
## Timeline, 10 July 2023
- 13:45 PST An alert fired.
- 18:30 PST Service was restored.
```

## Good
```markdown
## Timeline, 10 July 2023
- 13:45 PDT An alert fired.
- 18:30 PDT Service was restored.
```

## How sure
Medium: Phoenix keeps MST all year, and some mean the name's offset.

## See also
`conflicting-time-zones`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.zones import ZONE, zone_of


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first such time."""
    for event in facts.events:
        match = ZONE.fullmatch(event.time.zone or "") if event.time.dated else None
        zone = zone_of(match) if match else None
        if zone is not None and zone.written != "MST" and zone.impossible_on(event.time.wall):
            message = f"{zone.written} did not hold on {event.time.wall.date()}"
            yield RULE.found(message, "Write the zone that held then, or its offset, or UTC", event.time.quote)
            return


RULE = ReviewRule("zone-impossible-on-date", "info", check, __doc__)
