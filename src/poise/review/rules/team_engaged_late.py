"""The team that owns the component was engaged late, or never.

## What it finds
For each wrong hypothesis, the team of its layer that is called in 30 minutes or more after the suspicion was voiced; and the team of the
layer to blame, where teams are called in and it is none of them before the cause is known.

## Why it hurts
Those who know a component rule it out in minutes; others look at it for an hour.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:50 An alert fired.
- 14:15 The database was suspected.
- 15:00 The database team was called in.
- 16:30 The database was ruled out.
- 16:35 The cause was identified: the load balancer's weights.
- 17:00 Service was restored.

## Root cause
The root cause was the load balancer's configuration.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:50 An alert fired.
- 13:55 The load balancer team was called in.
- 14:35 The cause was identified: the load balancer's weights.
- 17:00 Service was restored.

## Root cause
The root cause was the load balancer's configuration.
```

## How sure
Medium: teams are told by the words before "team".

## See also
`wrong-hypotheses-cost`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.layers import layer_of
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first team that came late; else at the cause."""
    teams = [(layer, e) for e in facts.ordered for found in TEAM.finditer(e.text) if (layer := layer_of(found[1]))]
    if not teams:
        return
    late, quotes = [], []
    for wrong in facts.wrong:
        came = next((e for layer, e in teams if layer == wrong.layer and e.time.minutes_after(wrong.opened) >= 0), None)
        waited = came.time.minutes_after(wrong.opened) if came is not None else 0
        if came is not None and waited >= 30:
            late.append(f"the {wrong.layer} team came {in_words(waited)} after its hypothesis")
            quotes += [came.time.quote, wrong.quote]
    layer, found_at = facts.cause.layer, facts.times.get("cause_found")
    if layer in OWNED and found_at is not None and not any(of == layer and found_at.minutes_after(e.time) >= 0 for of, e in teams):
        late.append(f"no {layer} team was engaged before the cause was known")
        quotes.append(found_at.quote)
    if late:
        yield RULE.found("; ".join(late), "Call the owner of a component together with the suspicion against it", *dict.fromkeys(quotes))


OWNED = ("load-balancer", "database", "network")
TEAM = regexp(r"\b((?:[\w-]+ ){1,3})(?:teams?|engineers?|administrators?|admins?|dbas?)\b", re.IGNORECASE)


RULE = ReviewRule("team-engaged-late", "info", check, __doc__)
