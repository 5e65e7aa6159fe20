"""Nothing says what began it, and when.

## What it finds
No change, deployment, expiry or load before the detection in the timeline, no section on a trigger, and no sentence about the cause that
tells a change and its time. "Was misconfigured" names neither who nor when.

## Why it hurts
The defect may have been there for years; what set it off is what the next one will look like.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.

## Root cause
The load balancer was misconfigured.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:55 A new load balancer configuration was deployed.
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.

## Root cause
The load balancer was misconfigured.
```

## How sure
Medium: changes are told by their words.

## See also
`symptom-as-cause` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the cause."""
    said = facts.said_in("cause", "summary", "background", "other")
    if not facts.said_in("cause") or facts.document.has("trigger"):
        return
    seen = facts.times.get("detected")
    before = [e for e in facts.ordered if seen is None or e.time.minutes_after(seen) <= 0]
    if any(e.changes for e in before) or any(CHANGE.search(sentence) for sentence, _ in said):
        return
    cause = facts.said_in("cause")[0][1]
    remedy = "Say what changed before it began, when, and by which process"
    yield RULE.found("nothing says what began it: who or what changed something, and when", remedy, cause)


CHANGE = regexp(
    r"\b(?:deploy\w*|releas\w*|migrat\w*|upgrad\w*|rolled out|roll-?out|merged|pushed|introduced|(?:configuration"
    r"|config|code|schema|dns|recent) (?:change|update|push)|"
    r"a change (?:to|in|of)|change was|expired?|expiry|maintenance|trigger\w*|spike|surge|campaign|sale\b|attack"
    r"|power (?:outage|failure|loss|cut)|"
    r"hardware|failed disk|cable|cron|backup job|batch|started (?:to|sending)|renew\w*|rotat\w*|typo|grew|growth"
    r"|filled|leak\w*|added|removed|deleted|restart\w*|reboot\w*|"
    r"(?:was|were|had been) (?:changed|updated|edited|enabled|disabled|switched|modified|installed|replaced)"
    r"|updat(?:e|ed|ing))\b",
    re.IGNORECASE,
)


RULE = ReviewRule("trigger-missing", "warning", check, __doc__)
