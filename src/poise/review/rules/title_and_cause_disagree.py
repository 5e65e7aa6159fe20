"""The title names a component that the cause does not.

## What it finds
A title that calls the incident a failure of the network, the database, the load balancer or of demand, where the section about the cause
blames another layer and never names it.

## Why it hurts
The title is what is found by search and repeated in reports.

## Bad
```markdown
# Network failure in the shop

## Root cause
The root cause was a full disk of the database.
```

## Good
```markdown
# Database failure in the shop

## Root cause
The root cause was a full disk of the database.
```

## How sure
Medium: a title may name what was hit instead of what was at fault.

## See also
`conflicting-cause`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.cause import NOT_IT, cause_sentences
from poise.review.facts import Facts
from poise.review.layers import named
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the title."""
    titles = [line for line in facts.document.lines if line.kind == "heading" and facts.document.role(line) == "other"][:2]
    titles += [line for line in facts.document.lines if line.text.startswith("Subject:")][:1]
    titled = next((line for line in titles if TITLE.search(line.text)), None)
    reasons = facts.said_in("cause", "contributing", "trigger") or [
        (s, q) for s, q in cause_sentences(facts.document) if titled is None or q.line != titled.number
    ]
    if titled is None or not reasons or facts.cause.quote is None or facts.cause.layer is None:
        return
    said = TITLE.search(titled.text)
    here = named(said[0]) if said else set()
    there = named(" ".join(NOT_IT.sub(" ", sentence) for sentence, _ in reasons))
    # What the document itself says was well is not what its title should blame.
    cleared = any(here & named(found[0]) for _, sentence, _ in facts.sentences for found in NOT_IT.finditer(sentence))
    if len(here) == 1 and facts.cause.layer not in here and (cleared or (there and not here & there)):
        message = f"the title blames the {here.pop()}, the cause the {facts.cause.layer}"
        blame = next((q for s, q in reasons if facts.cause.layer in named(NOT_IT.sub(" ", s))), facts.cause.quote)
        yield RULE.found(message, "Name what was at fault in the title, or what users saw", titled.quote, blame)


TITLE = regexp(
    r"\b(?:network|dns|database|load[- ]balancer|firewall|router|switch|traffic|postgres\w*|mysql"
    r"|redis)(?: \w+)? (?:is |was )?(?:failure|fault|outage|down"
    r"|problem|issue|misconfiguration|crash|overload|surge|error|partition)\b"
    r"|\b(?:caused by|due to)\b.{3,60}",
    re.IGNORECASE,
)


RULE = ReviewRule("title-and-cause-disagree", "warning", check, __doc__)
