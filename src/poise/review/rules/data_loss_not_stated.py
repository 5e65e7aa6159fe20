"""Data may have been lost, and nothing says whether.

## What it finds
Words that hint at it (restored from a backup or snapshot, corrupted, point-in-time recovery) in a document that nowhere says data loss,
lost data or no data was lost.

## Why it hurts
It is the first question of every customer, and the one that lawyers ask.

## Bad
```markdown
## Resolution
The database was restored from a backup of the night before.
```

## Good
```markdown
## Resolution
The database was restored from a backup of the night before. No data was lost, as orders were replayed from the queue.
```

## How sure
Medium.

## See also
`impact-not-quantified`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the hint."""
    if STATED.search(facts.prose):
        return
    for role, sentence, quote in facts.sentences:
        if role != "actions" and HINT.search(sentence):
            yield RULE.found(
                "data may have been lost here, and nothing says whether", "Say what was lost, from when to when, or that nothing was", quote
            )
            return


HINT = regexp(
    r"\b(?:restor\w+|recover\w+)\b[^.;]{0,30}\b(?:backup|snapshot|dump)|\bpoint-in-time\b|\bcorrupt(?:ed|ion)\b"
    r"|\b(?:rows|records|messages|orders) (?:were|was) (?:deleted|dropped|overwritten)",
    re.IGNORECASE,
)
STATED = regexp(
    r"\bdata[- ]loss\b|\b(?:no|without|any|some|of) (?:\w+ ){0,2}(?:data|orders?|records?|messages?|rows"
    r"|transactions?) (?:\w+ ){0,2}(?:lost|missing|affected)|\blost (?:\w+ ){0,3}(?:data|orders?|records?|messages?"
    r"|rows|hours?|minutes?)"
    r"|\bdata (?:was|were|is) (?:not )?(?:lost|intact|safe)|\bwithout (?:losing|loss)|\bno loss",
    re.IGNORECASE,
)


RULE = ReviewRule("data-loss-not-stated", "warning", check, __doc__)
