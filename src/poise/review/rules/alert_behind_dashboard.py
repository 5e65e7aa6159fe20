"""It could be seen before the alert fired.

## What it finds
A first detection that is somebody who looked at a dashboard, a graph or a log, and an automated alert later.

## Why it hurts
What a person saw on a graph, an alert on the same figure would have said at that moment, or sooner.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:45 The dashboard showed one server with all requests.
- 13:50 An automated alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:45 An automated alert fired: one server had all requests.
- 13:50 The dashboard showed it too.
- 14:30 Service was restored.
```

## How sure
Medium.

## See also
`customers-detected-first`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the alert."""
    seen = [e for e in facts.ordered if e.kind == "detection"]
    alert = next((e for e in seen if ALERT.search(e.text)), None)
    if alert is None or seen[0] is alert or not LOOKED.search(seen[0].text) or ALERT.search(seen[0].text):
        return
    late = alert.time.minutes_after(seen[0].time)
    if late > 0:
        message = f"the alert at {alert.time.clock} came {in_words(late)} after it was seen at {seen[0].time.clock}"
        yield RULE.found(message, "Alert on the figure that was looked at", alert.time.quote, seen[0].time.quote)


ALERT = regexp(r"\b(?:alerts?|alarms?|paged|pager\w*)\b", re.IGNORECASE)
LOOKED = regexp(r"\b(?:dashboards?|graphs?|charts?|grafana|logs?|metrics?|kibana)\b", re.IGNORECASE)


RULE = ReviewRule("alert-behind-dashboard", "info", check, __doc__)
