"""The cause was found, and afterwards another one was suspected or found.

## What it finds
After the event that names the right cause, and before the relief, an event that suspects another layer, or names one as the cause.

## Why it hurts
Either the cause was not known yet, and the time of the diagnosis is too early, or people went on working on a line that was refuted.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:15 The cause was identified: a wrong weight in the load balancer.
- 14:40 A problem in the database was suspected.
- 15:00 The weight of the load balancer was corrected.

## Root cause
The root cause was a wrong weight in the load balancer.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:15 A problem in the database was suspected.
- 14:40 The cause was identified: a wrong weight in the load balancer.
- 15:00 The weight of the load balancer was corrected.

## Root cause
The root cause was a wrong weight in the load balancer.
```

## How sure
Medium: silent unless the later event names another layer and not that of the cause.

## See also
`wrong-hypotheses-cost` · `conflicting-cause`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.layers import named
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the later event."""
    found, layer = facts.times.get("cause_found"), facts.cause.layer
    named_at = next((e for e in facts.ordered if found is not None and e.time is found), None)
    relief = facts.times.get("mitigated") or facts.times.get("resolved")
    if found is None or layer is None or named_at is None or layer not in named(named_at.text):
        return
    for event in facts.ordered:
        late = event.kind == "hypothesis" and SUSPECTS.search(event.text) and event.time.minutes_after(found) > 0
        if late and (relief is None or relief.minutes_after(event.time) > 0) and named(event.text) and layer not in named(event.text):
            message = f"the cause was named at {found.clock}, but at {event.time.clock} another was suspected"
            yield RULE.found(
                message, "Correct the time at which the cause was known, or say why it was doubted", event.time.quote, found.quote
            )
            return


SUSPECTS = regexp(r"\bsuspect(?:ed|s)?\b|\bassum(?:ed|es)\b|\bhypothesi[sz]", re.IGNORECASE)


RULE = ReviewRule("work-after-cause", "error", check, __doc__)
