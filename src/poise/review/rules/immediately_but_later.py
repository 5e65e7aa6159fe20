""" "Immediately" in the words, a while in the timeline.

## What it finds
A sentence that says that service recovered immediately, instantly or at once after the fix, where the timeline has more than five minutes
between the relief and the restoration.

## Why it hurts
The time from the repair to the recovery is hidden: caches that fill, queues that drain, clients that retry.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired.
- 18:00 The corrected configuration was applied.
- 18:30 Service was fully restored.

## Resolution
Service recovered immediately after the fix.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired.
- 18:00 The corrected configuration was applied.
- 18:30 Service was fully restored.

## Resolution
Service recovered within 30 minutes of the fix, as queues drained.
```

## How sure
High.

## See also
`mitigation-not-separated`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the sentence."""
    fixed, ended = facts.times.get("mitigated"), facts.times.get("resolved")
    if fixed is None or ended is None or ended.minutes_after(fixed) <= 5:
        return
    for role, sentence, quote in facts.sentences:
        if role not in ("actions", "lessons") and quote.line not in (fixed.quote.line, ended.quote.line) and SAID.search(sentence):
            message = (
                f'"immediately", but from the fix at {fixed.clock} to the restoration at {ended.clock} are'
                f" {in_words(ended.minutes_after(fixed))}"
            )
            yield RULE.found(message, "Say how long the recovery took, and why", quote, fixed.quote, ended.quote)
            return


SAID = regexp(
    r"\b(?:recover\w*|restor\w*|return\w*|resolv\w*|back|normal\w*)\b[^.;]{0,50}\b(?:immediately|instantly"
    r"|instantaneously|at once|right away|straight away|within seconds)\b"
    r"|\b(?:immediately|instantly|instantaneously|at once)\b[^.;]{0,40}\b(?:recover\w*|restor\w*|return\w*|resolv\w*|back to normal)\b",
    re.IGNORECASE,
)


RULE = ReviewRule("immediately-but-later", "warning", check, __doc__)
