"""The harm is called complete in one place and partial in another.

## What it finds
Words for the whole (complete outage, all users, completely unavailable) and words for a part (80 % of users, some users, partial) in
summary and impact. Silent where one of the sentences speaks of a phase or of another service.

## Why it hurts
The reader does not know whether anybody was served, and the figures for customers are made from one of the two.

## Bad
```markdown
## Summary
The shop had a complete outage.

## Impact
80 % of users saw errors.
```

## Good
```markdown
## Summary
The shop had a partial outage.

## Impact
80 % of users saw errors.
```

## How sure
Medium: that both are about the same service and time is concluded from what they do not say.

## See also
`impact-not-quantified` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.facts import Facts
from poise.review.impact import PARTIAL, TOTAL, phased
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the first words for a part against the first for the whole."""
    said = [*facts.head, *facts.said_in("summary", "impact")]
    if not facts.document.has("summary", "impact"):
        lines = {event.line for event in facts.events if event.listed}
        said = [*facts.head, *((s, q) for s, q in facts.said_in("other", "timeline") if q.line not in lines)]
    whole = [(s, q, f) for s, q in said if (f := TOTAL.search(s)) and not PARTIAL.search(s) and not phased(s[f.end() :])]
    part = [(s, q, f) for s, q in said if (f := PARTIAL.search(s)) and not TOTAL.search(s) and not phased(_whole_time(facts, s))]
    for one, here, all_ in whole:
        for other, there, some in part:
            scopes = (set(SCOPE.findall(one.lower())), set(SCOPE.findall(other.lower())))
            if (all(scopes) and not scopes[0] & scopes[1]) or _rest(other):
                continue
            message = f'"{all_[0]}" against "{some[0]}"'
            remedy = "Say which part of the users or requests was hit, when, and keep to it"
            yield RULE.found(message, remedy, facts.place(there, some[0]), facts.place(here, all_[0]))
            return


def _whole_time(facts: Facts, sentence: str) -> str:
    """The sentence without the times of the whole incident: "between 11:20 and 12:45" is no part of what lasted so long."""
    start, end = facts.declared.start, facts.declared.end
    for clock in clocks(sentence):
        if clock.until is None:
            return sentence + " at 1"
        if start and end and (clock.hour, clock.minute, clock.until.hour, clock.until.minute) == (
            start.wall.hour, start.wall.minute, end.wall.hour, end.wall.minute,
        ):  # fmt: skip
            return sentence[: max(0, clock.start - len("between "))] + sentence[clock.until.end :]
    return sentence


def _rest(sentence: str) -> bool:
    """What is said of those who were spared, or of a smaller harm beside the large one."""
    return bool(REST.search(sentence))


REST = regexp(r"\b(?:also|additionally|in addition|sla|slo|budget|lost|churn\w*|complain\w*|refund\w*)\b", re.IGNORECASE)
SCOPE = regexp(
    r"\b(?:checkout|payments?|search|login|sign-?in|sign-?up|email|uploads?|downloads?|api|dashboards?|admin|mobile|"
    r"database|internal|tools?|builds?|deployments?|eu|us|europe\w*|asia\w*|america\w*|region|writes?|reads?|videos?|images?|reports?)\b"
)


RULE = ReviewRule("contradictory-impact", "error", check, __doc__)
